"""Patterns as API servers read them."""

from __future__ import annotations

import re
from functools import lru_cache

_LOOK_AROUND = re.compile(r"\(\?(?:[=!]|<[=!]|>|\()|\\[1-9]|\(\?P=")
_ANCHOR = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return what the servers' RE2 means: ``$`` is the very end, letters and digits are ASCII's.

    Raises ValueError for what RE2 does not have: look-around, back references, atomic groups.
    """
    if _LOOK_AROUND.search(pattern):
        raise ValueError("look-around and back references are not in RE2")
    try:
        return re.compile(
            _ANCHOR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern), re.ASCII
        )
    except re.error as error:
        raise ValueError(str(error)) from error
