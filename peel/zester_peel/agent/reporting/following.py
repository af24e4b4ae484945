"""What following has come to, as the status tells it."""

from __future__ import annotations

from dataclasses import dataclass, field

from zester.errors import NotGranted, ZesterError
from zester.trees.overlay import Conflict

WHOLE, OWN, KEPT = "", "state folder", "kept state"
"""Keys of problems that are not one source's: of all sources together, and of this peel itself."""


@dataclass(slots=True)
class Following:
    """What following has come to, for the status.

    ``observed`` are the newest revisions seen, ``applied`` those the machine was converged to;
    ``problems`` says by source (or WHOLE, OWN, KEPT) why a newer one is not followed; ``refused``
    what else on the bus is not believed. ``waiting`` is what a new revision lacks that masters are
    expected to grant. ``stale`` is since when no master vouches for the bus.
    """

    observed: dict[str, int] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    problems: dict[str, ZesterError] = field(default_factory=dict)
    refused: dict[str, ZesterError] = field(default_factory=dict)
    waiting: NotGranted | None = None
    stale: float | None = None
    conflicts: tuple[Conflict, ...] = ()
    synced: bool = False
