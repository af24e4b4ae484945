"""How many events are posted: what turns for a thousand objects at once is one piece of news."""

from __future__ import annotations

from collections.abc import Callable

AT_ONCE = 50
RATE = 1.0
"""Events a second that are earned again."""


class EventBudget:
    """``clock`` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(AT_ONCE)
        self._at = clock()

    def spend(self) -> bool:
        """Return whether one more may be posted."""
        now = self._clock()
        self._left = min(float(AT_ONCE), self._left + (now - self._at) * RATE)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
