"""The last result of every state, as far as the status needs it."""

from __future__ import annotations

from collections.abc import Iterable

from zester.dataclass import dataclass
from zester.resources.nodes.status import FAILURE_LIMIT, Counts, Failure
from zester_peel.agent.reporting.conditions import shorten
from zester_peel.engine.outcome import Outcome
from zester_peel.engine.program import Program


@dataclass(frozen=True, slots=True)
class _Known:
    result: bool | None
    comment: str = ""
    at: str = ""
    skipped: bool = False


_RIGHT, _LEFT, _SKIPPED = _Known(True), _Known(None), _Known(True, skipped=True)
"""Of most states; that they are many must not cost memory."""


class Results:
    """By ref. ``reported`` is what was last told: which states had failed, which were left."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self.reported = (frozenset[str](), frozenset[str]())
        self._odd: dict[str, _Known] = {}
        """Those that are not simply right: few, and asked for often."""

    def recall(self, failures: dict[str, tuple[str, str]]) -> None:
        """Take up the failures of an earlier process: ``{ref: (comment, place)}``."""
        self._known = {ref: _Known(False, *told) for ref, told in failures.items()}
        self._odd = dict(self._known)
        self.reported = self.now

    def keep(self, refs: frozenset[str] | set[str]) -> frozenset[str]:
        """Forget all but these; return what was forgotten."""
        gone = frozenset(self._known) - refs
        for ref in gone:
            del self._known[ref]
            self._odd.pop(ref, None)
        return gone

    def note(self, outcomes: Iterable[Outcome], program: Program) -> None:
        """Take results; what was taken away is no state any more."""
        for outcome in outcomes:
            if outcome.ref in program:
                found = self._known[outcome.ref] = _known(outcome)
                if found is _RIGHT:
                    self._odd.pop(outcome.ref, None)
                else:
                    self._odd[outcome.ref] = found

    def all_right(self, program: Program) -> None:
        """Take it that every state is as wished."""
        self._known = {node.ref: _RIGHT for node in program}
        self._odd = {}

    @property
    def failed(self) -> frozenset[str]:
        """The refs whose last result is a failure."""
        return frozenset(ref for ref, known in self._odd.items() if known.result is False)

    @property
    def left(self) -> frozenset[str]:
        """The refs that are not as wished and were left alone."""
        return frozenset(ref for ref, known in self._odd.items() if known.result is None)

    @property
    def now(self) -> tuple[frozenset[str], frozenset[str]]:
        """What failed, and what was left."""
        return (self.failed, self.left)

    def counts(self, total: int) -> Counts:
        """Count the states by their last result."""
        values = self._odd.values()
        failed = sum(known.result is False for known in values)
        skipped = sum(known.skipped and known.result is not False for known in values)
        left = sum(known.result is None for known in values)
        ok = len(self._known) - failed - skipped - left
        return Counts(total=total, ok=ok, failed=failed, skipped=skipped, drifted=left)

    def failures(self, program: Program) -> tuple[Failure, ...]:
        """Return the first failures in definition order."""
        found: list[Failure] = []
        for node in program if self._odd else ():
            known = self._odd.get(node.ref)
            if known is not None and known.result is False:
                found.append(Failure(ref=node.ref, at=known.at, comment=known.comment))
                if len(found) == FAILURE_LIMIT:
                    break
        return tuple(found)


def _known(outcome: Outcome) -> _Known:
    skipped = outcome.skipped is not None
    if outcome.result is False:
        return _Known(False, shorten(outcome.comment), str(outcome.at), skipped)
    if outcome.result is None:
        return _LEFT
    return _SKIPPED if skipped else _RIGHT
