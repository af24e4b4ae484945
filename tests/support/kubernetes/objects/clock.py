"""The time as objects carry it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
