"""Filters for lists: looking, flattening, choosing, combining."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from typing import TypeVar

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.filters.hashes import digest
from zester.templating.filters.undefined import undefined_passed

R = TypeVar("R")

_NULLS = (None, "None", "null")


def is_list(value: Value) -> bool:
    return isinstance(value, list)


def is_iter(value: Value, ignore: tuple[type, ...] = (str,)) -> bool:
    """Return whether one can loop over a value; text does not count."""
    if ignore and isinstance(value, ignore):
        return False
    try:
        iter(value)
    except TypeError:
        return False
    return True


def sequence(value: Value) -> Value:
    """Return lists, tuples, sets and mappings as they are, all else as a list of one."""
    return value if isinstance(value, list | tuple | set | dict) else [value]


def lowest(values: Iterable[Value]) -> Value:
    return min(values)


def highest(values: Iterable[Value]) -> Value:
    return max(values)


def average(values: Value) -> float:
    """Return the mean of a list; a single number is its own."""
    if isinstance(values, Hashable):
        return float(values)  # type: ignore[arg-type]  # says itself what is no number
    return float(sum(values) / len(values))


def flatten(
    values: Iterable[Value], levels: int | None = None, preserve_nulls: bool = False
) -> list[Value]:
    """Return the items of nested lists as one list, ``levels`` deep; empty items are dropped."""
    result: list[Value] = []
    _flatten(values, levels, preserve_nulls, result, set())
    return result


def _flatten(
    values: Iterable[Value], levels: int | None, nulls: bool, into: list[Value], open_: set[int]
) -> None:
    if id(values) in open_:
        raise RenderError("a list that holds itself cannot be flattened")
    open_.add(id(values))
    for item in values:
        if not nulls and item in _NULLS:
            continue
        if not is_iter(item) or (levels is not None and levels < 1):
            into.append(item)
        else:
            _flatten(item, None if levels is None else int(levels) - 1, nulls, into, open_)
    open_.discard(id(values))


def exactly_n_true(values: Iterable[Value], amount: int = 1) -> bool:
    return sum(1 for value in values if value) == amount


def exactly_one_true(values: Iterable[Value]) -> bool:
    return exactly_n_true(values)


def contains(values: Container[Value], item: Value) -> bool:
    return item in values


def sorted_ignorecase(values: Iterable[str]) -> list[str]:
    return sorted(values, key=lambda value: value.lower())


def sample(values: Sequence[Value], size: int, seed: Value = None) -> list[Value]:
    """Return that many items in random order; the same ones every time for the same seed."""
    from random import Random  # late: few templates roll dice

    start = None if seed is None else digest(seed if isinstance(seed, bytes) else str(seed))
    return Random(start).sample(values, size)  # noqa: S311 -- not for secrets


def shuffle(values: Sequence[Value], seed: Value = None) -> list[Value]:
    return sample(values, len(values), seed)


def listed(function: Callable[..., Iterable[R]]) -> Callable[..., list[R]]:
    """Return a function of itertools as one that gives a list."""

    @undefined_passed
    def filter_(*args: Value, **kwargs: Value) -> list[R]:
        return list(function(*args, **kwargs))

    return filter_


combinations = listed(itertools.combinations)
combinations_with_replacement = listed(itertools.combinations_with_replacement)
compress = listed(itertools.compress)
permutations = listed(itertools.permutations)
product = listed(itertools.product)
zipped = listed(zip)
zip_longest = listed(itertools.zip_longest)
