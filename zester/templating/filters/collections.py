"""Filters for lists, mappings and truth."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from zester.targeting.paths import lookup
from zester.targeting.value import Value

_YES = frozenset(("yes", "1", "true"))


def unique(values: Iterable[Value]) -> list[Value]:
    """Return the different values in the order they first came."""
    result: list[Value] = []
    seen: set[Value] = set()
    unhashable: list[Value] = []
    for value in values:
        try:
            if value in seen:
                continue
            seen.add(value)
        except TypeError:  # a list or mapping
            if value in unhashable:
                continue
            unhashable.append(value)
        result.append(value)
    return result


def traverse(data: Value, path: str, default: Value = None, delimiter: str = ":") -> Value:
    return lookup(data, path, default, delimiter=delimiter)


def to_bool(value: Value) -> bool:
    """Salt's idea of truth: ``yes``, ``1`` and ``true`` as text, positive numbers, filled lists."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str):
        return value.lower() in _YES
    if isinstance(value, int | float):
        return value > 0
    return bool(value)


def path_join(first: str, *rest: str) -> str:
    return posixpath.join(first, *rest)
