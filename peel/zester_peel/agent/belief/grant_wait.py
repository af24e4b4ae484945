"""How long a peel waits for the keys of settings that were just pushed."""

from __future__ import annotations

import time
from collections.abc import Mapping

PATIENCE = 60.0
"""Seconds in which masters usually grant what a push needs: one peel takes them some milliseconds,
all of a large fleet some minutes."""


class GrantWait:
    """Runs from the first time that a revision lacks a key; another revision begins anew."""

    def __init__(self) -> None:
        self._revisions: Mapping[str, int] | None = None
        self._until = 0.0

    def left(self, revisions: Mapping[str, int]) -> float:
        """Return how many seconds are left to wait for these, 0 when it was long enough."""
        if self._revisions != revisions:
            self._revisions = dict(revisions)
            self._until = time.monotonic() + PATIENCE
        return max(0.0, self._until - time.monotonic())
