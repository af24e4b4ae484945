"""Time spans as people type them."""

from __future__ import annotations

import re

import click

_SPAN = re.compile(r"(\d+(?:\.\d+)?)([smhdw]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def read_span(text: str) -> float:
    """Return the seconds of ``90m``, ``12h``, ``7d``, ``2w``; raises click.BadParameter."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(f"{text!r} is not a time span such as 90m, 12h or 7d")
    return float(found[1]) * _UNITS[found[2]]
