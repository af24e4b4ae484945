"""The time as objects carry it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


def now() -> str:
    return _written(int(time.time()))


def age(since: str) -> str:
    """Return how long ago that was, as tables show it."""
    try:
        then = datetime.fromisoformat(since)
    except ValueError:
        return "<invalid>"
    seconds = int((datetime.now(UTC) - then).total_seconds())
    for size, letter, least in ((86400, "d", 172800), (3600, "h", 7200), (60, "m", 120)):
        if seconds >= least:
            return f"{seconds // size}{letter}"
    return f"{max(seconds, 0)}s"


@lru_cache(maxsize=4)
def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
