"""``status.time``."""

from __future__ import annotations

import time as clock

from zester.templating.scope import Scope

_MAX_FORMAT = 1000


def time(scope: Scope, format: str = "%A, %d. %B %Y %I:%M%p") -> str:
    """Return the local time in a format of ``strftime``."""
    if len(format) > _MAX_FORMAT:
        raise ValueError("status.time: the format is too long")
    return clock.strftime(format)
