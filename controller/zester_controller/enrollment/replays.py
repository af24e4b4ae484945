"""Remembers which requests were seen, for as long as an old one could pass for new."""

from __future__ import annotations

from collections import OrderedDict

from zester.reconcile.clock import Clock
from zester.resources.enrollment.request import EnrollRequest
from zester.trust.verifier import SKEW

REMEMBERED = 50_000
"""Requests remembered, about 10 MiB; the window closes earlier when there are more."""


class Replays:
    """``is_new(request)`` once for each nonce of a key."""

    def __init__(self, clock: Clock, *, remembered: int = REMEMBERED) -> None:
        self._clock = clock
        self._remembered = remembered
        self._seen: OrderedDict[str, float] = OrderedDict()

    def is_new(self, request: EnrollRequest) -> bool:
        """Return whether this very request was not seen before, and remember it."""
        now = self._clock.monotonic()
        while self._seen and next(iter(self._seen.values())) < now - 2 * SKEW:
            self._seen.popitem(last=False)
        mark = request.nonce + request.key[:16]
        if mark in self._seen:
            return False
        self._seen[mark] = now
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
        return True

    def __len__(self) -> int:
        return len(self._seen)
