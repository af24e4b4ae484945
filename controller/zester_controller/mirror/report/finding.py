"""What is known of one object after a look."""

from __future__ import annotations

from zester.dataclass import dataclass
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem, told
from zester_controller.mirror.report.census import Tally

TIMEOUT = "Timeout"
"""Why an object is not ready whose peels have had all the time it gives them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """``candidate`` is the object as it was looked at, ``body`` as it is by now.

    ``revision`` and ``manifest`` are the head's if any file of the object is published.

    ``files`` is how many are; ``conflicts`` say which paths others have instead, ``overruling``
    which ones others wanted. ``stalled`` is why the whole source waits (guard, somebody else's
    head). ``late`` is the object's ``timeout`` when that is over.
    """

    candidate: Candidate
    body: Body
    problem: Problem | None = None
    conflicts: tuple[str, ...] = ()
    overruling: tuple[str, ...] = ()
    stalled: Problem | None = None
    revision: int | None = None
    manifest: str | None = None
    files: int = 0
    key_generation: int | None = None
    recipients: int | None = None
    tally: Tally | None = None
    late: str = ""

    @property
    def wrong(self) -> Problem | None:
        """Why the object is not as it wishes, the peels aside."""
        if self.stalled is not None:
            return self.stalled
        if self.problem is not None:
            kept = f"; revision {self.revision} stays published" if self.revision else ""
            return Problem(self.problem.reason, told([self.problem.message + kept]))
        if self.conflicts:
            return Problem("PathConflict", told(list(self.conflicts)))
        return None

    @property
    def ready(self) -> tuple[str, str, str]:
        """Status, reason and message of Ready."""
        if self.wrong is not None:
            return "False", self.wrong.reason, self.wrong.message
        if self.revision is None:
            if self.candidate.suspended:
                return "False", "Suspended", "suspended before it was ever published"
            return "Unknown", "Progressing", "not published yet"
        return self._peels(f"published as revision {self.revision}")

    def _peels(self, said: str) -> tuple[str, str, str]:
        if self.tally is None:
            return "True", "Published", said
        counts, waiting = self.tally.counts, self.tally.waiting
        total = counts.matched_peels or 0
        said += f"; of {total} peels " if total else "; there are no peels"
        if counts.failed_peels:
            return "False", "PeelsFailed", f"{said}{counts.failed_peels} failed"
        if counts.drifted_peels:
            return "False", "PeelsDrifted", f"{said}{counts.drifted_peels} differ"
        if self.late and (waiting or counts.silent_peels):
            told = f"{waiting} are on their way and {counts.silent_peels or 0} silent"
            return "False", TIMEOUT, f"{said}{told} after {self.late}"
        if waiting:
            return "Unknown", "Progressing", f"{said}{waiting} are on their way"
        if counts.silent_peels:
            return "Unknown", "PeelsSilent", f"{said}{counts.silent_peels} are silent"
        return "True", "Published", f"{said}all are so" if total else said
