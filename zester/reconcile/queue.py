"""The keyed queue: who has to be looked at, and from when on.

A key is in it at most once, whatever the number of events. The first event of a quiet key is due at
once; a key that keeps coming spends a small allowance and then waits, so that a burst is one or a
few looks instead of hundreds. Adding a key while it is being worked on makes it due again after.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

import anyio

from zester.reconcile.clock import Clock, SystemClock

KeyT = TypeVar("KeyT", bound=Hashable)

COALESCE = 0.2
ALLOWANCE = 8


class KeyedQueue(Generic[KeyT]):
    """``allowance`` looks at once, refilled one every ``coalesce`` seconds."""

    def __init__(
        self,
        *,
        coalesce: float = COALESCE,
        allowance: int = ALLOWANCE,
        clock: Clock | None = None,
    ) -> None:
        self._coalesce = coalesce
        self._allowance = allowance
        self._clock = clock or SystemClock()
        self._due: dict[KeyT, float] = {}
        self._credit: dict[KeyT, tuple[float, float]] = {}
        self._changed = anyio.Event()

    def __len__(self) -> int:
        return len(self._due)

    def add(self, key: KeyT) -> None:
        """Ask for a look: at once when the key was quiet, else as soon as its allowance permits."""
        if key in self._due and self._due[key] <= self._clock.monotonic():
            return
        self._schedule(key, self._clock.monotonic() + self._wait(key))

    def add_after(self, key: KeyT, delay: float) -> None:
        """Ask for a look in ``delay`` seconds; an earlier one that is already asked for stays."""
        self._schedule(key, self._clock.monotonic() + delay)

    def discard(self, key: KeyT) -> None:
        """Forget a key."""
        self._due.pop(key, None)
        self._credit.pop(key, None)

    async def take(self) -> frozenset[KeyT]:
        """Wait until at least one key is due; remove and return all that are."""
        while True:
            now = self._clock.monotonic()
            due = frozenset(key for key, when in self._due.items() if when <= now)
            if due:
                for key in due:
                    del self._due[key]
                    self._spend(key, now)
                self._forget_quiet(now)
                return due
            changed = self._changed
            delay = min(self._due.values()) - now if self._due else None
            if delay is None:
                await changed.wait()
            else:
                with anyio.move_on_after(delay):
                    await changed.wait()

    def _schedule(self, key: KeyT, when: float) -> None:
        known = self._due.get(key)
        if known is None or when < known:
            self._due[key] = when
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    def _wait(self, key: KeyT) -> float:
        credit, seen = self._credit.get(key, (float(self._allowance), 0.0))
        refilled = credit + (self._clock.monotonic() - seen) / self._coalesce
        return 0.0 if refilled >= 1 else (1 - refilled) * self._coalesce

    def _spend(self, key: KeyT, now: float) -> None:
        credit, seen = self._credit.get(key, (float(self._allowance), now))
        refilled = min(float(self._allowance), credit + (now - seen) / self._coalesce)
        self._credit[key] = (refilled - 1, now)

    def _forget_quiet(self, now: float) -> None:
        if len(self._credit) > 1024:
            full = self._allowance * self._coalesce
            self._credit = {
                key: (credit, seen)
                for key, (credit, seen) in self._credit.items()
                if now - seen < full
            }
