"""Filters that treat lists as sets; what came first stays first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from zester.targeting.value import Value


def unique(values: Iterable[Value]) -> list[Value]:
    """Return the different values in the order they first came."""
    return _without_repeats(values, lambda key: True)


def union(first: Iterable[Value], second: Iterable[Value]) -> list[Value]:
    return unique([*first, *second])


def intersect(first: Iterable[Value], second: Iterable[Value]) -> list[Value]:
    known = {identity(value) for value in second}
    return _without_repeats(first, known.__contains__)


def difference(first: Iterable[Value], second: Iterable[Value]) -> list[Value]:
    known = {identity(value) for value in second}
    return _without_repeats(first, lambda key: key not in known)


def symmetric_difference(first: Iterable[Value], second: Iterable[Value]) -> list[Value]:
    """Return what is in one of the two, first what only the first one has."""
    one, other = list(first), list(second)
    return difference(one, other) + difference(other, one)


def compare_lists(old: Iterable[Value], new: Iterable[Value]) -> dict[str, list[Value]]:
    """Return what is only in ``new`` and only in ``old``, each key only if there is something."""
    before, after = list(old), list(new)
    known = {identity(value) for value in before}
    added = [value for value in after if identity(value) not in known]
    known = {identity(value) for value in after}
    removed = [value for value in before if identity(value) not in known]
    return {key: values for key, values in (("new", added), ("old", removed)) if values}


def identity(value: Value) -> Value:
    """Return something hashable that is equal for equal values, also lists and mappings."""
    if isinstance(value, Mapping):
        return Mapping, frozenset((key, identity(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return type(value) if isinstance(value, tuple) else list, tuple(map(identity, value))
    if isinstance(value, set):
        return frozenset(value)
    return value


def _without_repeats(values: Iterable[Value], wanted: Callable[[Value], bool]) -> list[Value]:
    result: list[Value] = []
    seen: set[Value] = set()
    for value in values:
        key = identity(value)
        if key not in seen and wanted(key):
            seen.add(key)
            result.append(value)
    return result
