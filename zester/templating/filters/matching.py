"""Regular expressions and wildcards as filters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatch

from zester.targeting.value import Value
from zester.templating.filters.texts import to_text

MAX_LENGTH = 32 * 1024 * 1024


def compiled(
    text: Value, pattern: Value, ignorecase: bool, multiline: bool, *, search: bool = False
) -> re.Pattern[str]:
    """Return a pattern fit for a text; raises ValueError."""
    from zester.templating.regexes.backtracking import check_pattern  # late: few filters need it

    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    pattern = to_text(pattern)
    check_pattern(pattern, flags, to_text(text), search=search)
    try:
        return re.compile(pattern, flags)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error


def regex_replace(
    text: str, pattern: str, value: str, ignorecase: bool = False, multiline: bool = False
) -> str:
    length = len(to_text(text))

    def replaced(found: re.Match[str]) -> str:
        nonlocal length
        new = found.expand(value) if "\\" in value else value
        length += len(new)
        if length > MAX_LENGTH:
            raise ValueError(f"the result is longer than {MAX_LENGTH} characters")
        return new

    expression = compiled(text, pattern, ignorecase, multiline, search=True)
    try:
        if "\\" in value:
            expression.sub(value, "")  # says what is wrong with it though nothing matches
        return expression.sub(replaced, text)
    except re.error as error:
        raise ValueError(f"{value!r} is not a replacement: {error}") from error


def regex_match(
    text: str, pattern: str, ignorecase: bool = False, multiline: bool = False
) -> tuple[Value, ...] | None:
    """Return the groups of a match at the start (all of it without groups), None without one."""
    return _groups(compiled(text, pattern, ignorecase, multiline).match(text))


def regex_search(
    text: str, pattern: str, ignorecase: bool = False, multiline: bool = False
) -> tuple[Value, ...] | None:
    """Return the groups of the first match anywhere (all of it without groups), or None."""
    return _groups(compiled(text, pattern, ignorecase, multiline, search=True).search(text))


def _groups(found: re.Match[str] | None) -> tuple[Value, ...] | None:
    return None if found is None else found.groups() or (found.group(),)


def regex_escape(text: Value) -> str:
    return re.escape(to_text(text))


def check_whitelist_blacklist(
    value: Value,
    whitelist: Iterable[str] | str | None = None,
    blacklist: Iterable[str] | str | None = None,
) -> bool:
    """Return whether a text is allowed: on the one list, if given, and not on the other.

    The entries are wildcards or regular expressions for all of the text.
    """
    allowed, denied = _entries(whitelist), _entries(blacklist)
    if any(_fits(value, entry) for entry in denied):
        return False
    return not allowed or any(_fits(value, entry) for entry in allowed)


def _entries(entries: Iterable[str] | str | None) -> list[str]:
    return [entries] if isinstance(entries, str) and entries else list(entries or ())


def _fits(value: Value, entry: str) -> bool:
    if not isinstance(value, str):
        return False
    if fnmatch(value, entry):
        return True
    try:
        return compiled(value, entry, False, False).fullmatch(value) is not None
    except ValueError:  # a wildcard that is no regular expression
        return False
