"""How often statuses of peels are written: a fleet must not wear a cluster out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio

from zester.reconcile.clock import Clock, SystemClock

COUNTERS_EVERY = 60.0
"""Seconds between writes of one peel that tell nothing but numbers."""

SEEN_STEP = 300
"""Seconds to which the last sign of life is told."""

RATE = 100.0
"""Writes a second, all peels together."""

_NUMBERS = frozenset({"counts", "lastRun", "failures", "lastSeenTime"})


class Budget:
    """Remembers when each peel was written."""

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        rate: float = RATE,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        self._clock = clock or SystemClock()
        self._pause = 1.0 / rate
        self._sleep = sleep
        self._next = 0.0
        self._written: dict[str, float] = {}

    def wait(self, node: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> float:
        """Return for how many seconds a write of this status should be put off."""
        if told(before) != told(after) or node not in self._written:
            return 0.0
        return max(0.0, self._written[node] + COUNTERS_EVERY - self._clock.monotonic())

    async def take(self, node: str) -> None:
        """Wait for a turn to write."""
        now = self._clock.monotonic()
        self._next = max(self._next, now - 1.0) + self._pause  # a second's worth may come at once
        if self._next > now:
            await self._sleep(self._next - now)
        self._written[node] = self._clock.monotonic()

    def forget(self, node: str) -> None:
        self._written.pop(node, None)


def told(status: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a status is told at once: how the peel is, not its numbers."""
    found = {key: value for key, value in status.items() if key not in _NUMBERS}
    found["conditions"] = {
        each.get("type"): (each.get("status"), each.get("reason"))
        for each in status.get("conditions") or ()
    }
    return found
