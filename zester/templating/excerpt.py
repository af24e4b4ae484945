"""The offending line with a caret under it."""

from __future__ import annotations

import unicodedata

MAX_WIDTH = 200


def excerpt(text: str, line: int | None, column: int | None = None) -> str | None:
    """Return line ``line`` (1-based) of a text with a caret at ``column``, None when out of range.

    Without a column the caret stands under the first character that is not blank.
    """
    lines = text.split("\n")
    if line is None or not 1 <= line <= len(lines):
        return None
    shown = lines[line - 1].rstrip("\r").replace("\t", " ")
    if column is None:
        column = len(shown) - len(shown.lstrip()) + 1
    start = max(0, column - MAX_WIDTH // 2) if len(shown) > MAX_WIDTH else 0
    return f"{shown[start : start + MAX_WIDTH]}\n{' ' * _width(shown[start : column - 1])}^"


def _width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )
