"""Exponential back-off with jitter, kept for each key."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


class Backoff(Generic[KeyT]):
    """Delays in seconds: ``first``, doubled on each failure up to ``ceiling``, ± ``jitter``.

    The jitter (a fraction, 0 to 1) keeps a fleet from coming back in one instant.
    """

    def __init__(
        self,
        *,
        first: float = 0.5,
        ceiling: float = 300.0,
        jitter: float = 0.2,
        rng: Callable[[], float] = random.random,
    ) -> None:
        self._first = first
        self._ceiling = ceiling
        self._jitter = jitter
        self._rng = rng
        self._failures: dict[KeyT, int] = {}

    def failed(self, key: KeyT) -> float:
        """Count a failure and return how long to wait."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        delay = min(self._ceiling, self._first * 2.0 ** min(count, 32))
        return delay * (1 + self._jitter * (2 * self._rng() - 1))

    def succeeded(self, key: KeyT) -> None:
        """Forget a key's failures."""
        self._failures.pop(key, None)

    def failures(self, key: KeyT) -> int:
        """Return how often a key has failed in a row."""
        return self._failures.get(key, 0)
