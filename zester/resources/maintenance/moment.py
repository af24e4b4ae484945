"""Times as people write them: spans such as ``90m``, moments such as ``2026-11-30 06:00``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from zester.errors import InvalidKey

FURTHEST = 10 * 366 * 86_400
"""Seconds ahead that a moment may be."""

_SPAN = re.compile(r"(?:[0-9]{1,9}[smhdw])+")
_PIECE = re.compile(r"([0-9]+)([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def parse_span(text: str) -> int:
    """Read ``90m``, ``1h30m``, ``7d`` as seconds; raises InvalidKey."""
    if not _SPAN.fullmatch(text):
        raise InvalidKey(f"not a time span: {text[:80]!r}", hint="90m, 1h30m, 12h, 7d")
    return sum(int(number) * _UNITS[unit] for number, unit in _PIECE.findall(text))


def parse_moment(text: str, now: float) -> int:
    """Read a span from now, a time of the next 24 hours or a date and time as Unix seconds.

    Without a zone it is this machine's local time. Raises InvalidKey, also for what is over.
    """
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if _SPAN.fullmatch(text):
        found = now + parse_span(text)
    elif clock:
        here = datetime.fromtimestamp(now).astimezone()
        there = here.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        found = (there if there > here else there + timedelta(days=1)).timestamp()
    else:
        found = _dated(text)
    if found <= now:
        raise InvalidKey(f"{text[:80]!r} is over already", hint="name a time that is to come")
    if found > now + FURTHEST:
        raise InvalidKey(
            f"{text[:80]!r} is more than ten years ahead", hint="leave it out: then it has no end"
        )
    return int(found)


def _dated(text: str) -> float:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidKey(
            f"not a time: {text[:80]!r}",
            hint="90m, 7d, 18:30, '2026-11-30 06:00' (local time), 2026-11-30T06:00Z",
        ) from error
