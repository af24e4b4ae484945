"""Stops removals that are too many to be meant, until somebody says that they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from zester.dataclass import dataclass

FEW = 10
SHARE = 0.2
WINDOW = 60.0
"""Seconds in which removals are counted together: a mass deletion comes in drops."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Removals that wait for ``count`` to be confirmed."""

    count: int
    of: int

    @property
    def message(self) -> str:
        return (
            f"{self.count} of {self.of} objects would be removed from peels at once; to confirm, "
            f"annotate one object of the namespace with zester.dev/confirm-deletion={self.count}"
        )


class DeletionGuard:
    """Remembers for one source what was removed lately."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._removed: list[tuple[float, int]] = []

    def judge(
        self, before: Collection[str], removing: Collection[str], confirmed: int, *, sudden: bool
    ) -> Stopped | None:
        """Return why ``removing`` (of the origins ``before``) must wait, None when it may go on.

        ``sudden``: something of it was not asked for one by one (an object is gone without a word,
        or the whole namespace goes). Then not even the last object goes unasked.
        """
        now = self._clock()
        self._removed = [(at, n) for at, n in self._removed if now - at < WINDOW]
        lately = sum(n for _, n in self._removed)
        going, whole = len(removing) + lately, len(before) + lately
        if not removing or confirmed >= going:
            return None
        everything = len(removing) == len(before) and (whole > 1 or sudden)
        if everything or going > max(FEW, SHARE * whole):
            return Stopped(going, whole)
        return None

    def done(self, removed: Iterable[str]) -> None:
        """Remember what was removed now."""
        count = len(list(removed))
        if count:
            self._removed.append((self._clock(), count))
