"""Regular expressions as filters."""

from __future__ import annotations

import re

from zester.targeting.value import Value

MAX_LENGTH = 32 * 1024 * 1024


def _compile(pattern: str, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error


def regex_replace(
    text: str, pattern: str, value: str, ignorecase: bool = False, multiline: bool = False
) -> str:
    length = len(text)

    def replaced(found: re.Match[str]) -> str:
        nonlocal length
        new = found.expand(value) if "\\" in value else value
        length += len(new)
        if length > MAX_LENGTH:
            raise ValueError(f"the result is longer than {MAX_LENGTH} characters")
        return new

    try:
        return _compile(pattern, ignorecase, multiline).sub(replaced, text)
    except re.error as error:
        raise ValueError(f"{value!r} is not a replacement: {error}") from error


def regex_match(
    text: str, pattern: str, ignorecase: bool = False, multiline: bool = False
) -> tuple[Value, ...] | None:
    """Return the groups of a match at the start, None without one."""
    found = _compile(pattern, ignorecase, multiline).match(text)
    return found.groups() if found else None


def regex_search(
    text: str, pattern: str, ignorecase: bool = False, multiline: bool = False
) -> tuple[Value, ...] | None:
    """Return the groups of the first match anywhere, None without one."""
    found = _compile(pattern, ignorecase, multiline).search(text)
    return found.groups() if found else None
