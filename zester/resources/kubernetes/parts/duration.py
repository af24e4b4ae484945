"""Durations as Go and Kubernetes write them."""

from __future__ import annotations

import re

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)")


def seconds(text: str) -> float:
    """Return the seconds of ``90s`` or ``1h30m``; the form was checked when it was read."""
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
