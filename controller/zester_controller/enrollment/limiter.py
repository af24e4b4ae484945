"""How often somebody may do something: a bucket of tokens for each name, bounded in number."""

from __future__ import annotations

from collections import OrderedDict

from zester.reconcile.clock import Clock

NAMES = 10_000
"""Names remembered; who asked least recently is forgotten, and starts with a full bucket."""


class Limiter:
    """``allow(name)`` up to ``burst`` times at once and ``rate`` times a second in the long run."""

    def __init__(self, clock: Clock, *, burst: float, rate: float, names: int = NAMES) -> None:
        self._clock = clock
        self._burst = burst
        self._rate = rate
        self._names = names
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, name: str) -> bool:
        """Take one token of a name; return whether there was one."""
        now = self._clock.monotonic()
        left, since = self._left.get(name, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        granted = left >= 1
        self._left[name] = (left - 1 if granted else left, now)
        self._left.move_to_end(name)
        if len(self._left) > self._names:
            self._left.popitem(last=False)
        return granted

    def __len__(self) -> int:
        return len(self._left)
