"""Paths inside a tree."""

from __future__ import annotations

import re

from zester.errors import InvalidKey

MAX_PATH = 1024
"""Longest path in bytes."""

_PLAIN = re.compile(r"(?!.*\.\.)[\w-][\w.@+ -]*(?:/[\w-][\w.@+ -]*)*", re.ASCII)


def check_tree_path(path: str) -> str:
    """Return a path that is safe inside a tree; raises InvalidKey.

    Relative, POSIX, at most 1,024 bytes; no empty, ``.`` or ``..`` component, no control character,
    no backslash.
    """
    if len(path) <= MAX_PATH and _PLAIN.fullmatch(path):
        return path  # as nearly all are
    parts = path.split("/")
    if not path or path.startswith("/"):
        problem = "is not relative"
    elif any(part in ("", ".", "..") for part in parts):
        problem = "has an empty, '.' or '..' component"
    elif any(ord(char) < 32 or ord(char) == 127 or char == "\\" for char in path):
        problem = "has a control character or a backslash"
    elif any(0xD800 <= ord(char) <= 0xDFFF for char in path):
        problem = "is not UTF-8"
    elif len(path.encode()) > MAX_PATH:
        problem = f"is longer than {MAX_PATH:,} bytes"
    else:
        return path
    raise InvalidKey(f"path {path[:120]!r} {problem}")
