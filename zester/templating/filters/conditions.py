"""The tests Zester adds to Jinja's: ``{% if x is match("web.*") %}``."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from zester.targeting.value import Value
from zester.templating.filters.matching import compiled
from zester.templating.filters.sequences import is_list


def match(text: str, pattern: str, ignorecase: bool = False, multiline: bool = False) -> bool:
    """Return whether a text starts with what a regular expression describes."""
    return compiled(text, pattern, ignorecase, multiline).match(text) is not None


def equalto(value: Value, other: Value) -> bool:
    return bool(value == other)


CONDITIONS: Mapping[str, Callable[..., bool]] = {
    "equalto": equalto,
    "is_list": is_list,
    "list": is_list,
    "match": match,
}
