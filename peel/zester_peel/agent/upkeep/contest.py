"""Recognise that somebody else keeps changing what we keep putting right."""

from __future__ import annotations

from collections import deque
from dataclasses import field

from zester.dataclass import dataclass

FIRST_HOLD = 2.0
MAX_HOLD = 300.0


@dataclass(slots=True)
class _Record:
    corrected: deque[float] = field(default_factory=deque)
    hold: float = 0.0
    until: float = 0.0


class Contest:
    """Counts corrections of each ref; times are monotonic seconds.

    More than ``limit`` within ``window`` seconds make a ref contested: it is left alone for 2 s,
    then 4 s … up to 5 min after each further correction, until it has been quiet for ``window``
    seconds beyond its hold.
    """

    def __init__(self, *, limit: int, window: float) -> None:
        self._limit = limit
        self._window = window
        self._records: dict[str, _Record] = {}

    def corrected(self, ref: str, now: float) -> float:
        """Count a correction; return for how long to leave the ref alone (0 = not at all)."""
        record = self._records.setdefault(ref, _Record())
        record.corrected.append(now)
        while record.corrected[0] < now - self._window - record.hold:
            record.corrected.popleft()
        if not record.hold and len(record.corrected) <= self._limit:
            return 0.0
        record.hold = min(MAX_HOLD, record.hold * 2 or FIRST_HOLD)
        record.until = now + record.hold
        return record.hold

    def remaining(self, ref: str, now: float) -> float:
        """Return how long a ref is still to be left alone."""
        record = self._records.get(ref)
        return max(0.0, record.until - now) if record else 0.0

    def contested(self, now: float) -> tuple[str, ...]:
        """Return the refs that are fought over, sorted; forgets those that have gone quiet."""
        for ref, record in list(self._records.items()):
            if now > max(record.until, record.corrected[-1]) + self._window:
                del self._records[ref]
        return tuple(sorted(ref for ref, record in self._records.items() if record.hold))

    def next_change(self, now: float) -> float | None:
        """Return in how many seconds a contested ref could be forgotten, None without one."""
        times = [
            max(record.until, record.corrected[-1]) + self._window - now
            for record in self._records.values()
            if record.hold
        ]
        return max(0.0, min(times)) if times else None

    def forget(self, refs: frozenset[str]) -> None:
        """Forget refs that are no longer managed."""
        for ref in refs:
            self._records.pop(ref, None)
