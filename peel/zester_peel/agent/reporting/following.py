"""What following has come to, as the status tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from zester.dataclass import dataclass
from zester.errors import NotGranted, ZesterError
from zester.trees.overlay import Conflict
from zester_peel.agent.desired import Synced

WHOLE, OWN, KEPT = "", "state folder", "kept state"
"""Keys of problems that are not one source's: of all sources together, and of this peel itself."""


@dataclass(slots=True)
class Following:
    """What following has come to, for the status.

    ``observed`` are the newest revisions seen, ``applied`` those the machine was converged to;
    ``problems`` says by source (or WHOLE, OWN, KEPT) why a newer one is not followed; ``refused``
    what else on the bus is not believed. ``waiting`` is what a new revision lacks that masters are
    expected to grant. ``stale`` is since when no master vouches for the bus. ``busy`` while it goes
    on: more is to come soon.
    """

    observed: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    problems: dict[str, ZesterError] = field(default_factory=dict)
    refused: dict[str, ZesterError] = field(default_factory=dict)
    waiting: NotGranted | None = None
    stale: float | None = None
    conflicts: tuple[Conflict, ...] = ()
    synced: bool = False
    busy: bool = False

    def take(self, synced: Synced, *, whole: bool) -> Mapping[str, ZesterError]:
        """Take over what a look at the bus found; return the problems that were not known.

        ``whole``: what was said of all sources together is still true.
        """
        fresh: dict[str, ZesterError] = {}
        for source, error in synced.problems.items():
            known = self.problems.get(source)
            if known is None or known.message != error.message:
                fresh[source] = error
        lasting = (WHOLE, OWN) if whole else (OWN,)
        kept = {key: self.problems[key] for key in lasting if key in self.problems}
        self.problems = {**kept, **synced.problems}
        self.observed = {**self.observed, **synced.seen}
        self.conflicts = synced.desired.conflicts
        self.synced = True
        return fresh
