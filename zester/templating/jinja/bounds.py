"""Operations that could build something huge from something small, and what they would build."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from zester.targeting.value import Value
from zester.templating.jinja.limits import Budget

_WIDTH = re.compile(r"\d{6,}")
_MAX_BITS = 100_000

Check = Callable[[Budget, Value, tuple[Value, ...]], None]
"""Looks at the object a method is called on (or a filter is applied to) and the arguments."""


def _padding(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    budget.text(max((arg for arg in args if isinstance(arg, int)), default=0))


def _template(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if isinstance(owner, str) and _WIDTH.search(owner):
        budget.text(max(int(number) for number in _WIDTH.findall(owner)))
    _padding(budget, owner, args)


def _join(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    items = args[0] if args else ()
    if isinstance(items, list | tuple):
        total = sum(len(item) for item in items if isinstance(item, str))
        budget.text(total + len(owner) * len(items))


def _replace(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if len(args) >= 2 and all(isinstance(item, str) for item in (owner, *args[:2])):
        budget.text(
            len(owner) + (owner.count(args[0]) if args[0] else len(owner) + 1) * len(args[1])
        )


def _extend(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if args and isinstance(args[0], list | tuple):
        budget.items(len(owner) + len(args[0]))


def _join_filter(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if isinstance(owner, list | tuple):
        _join(budget, args[0] if args and isinstance(args[0], str) else "", (owner,))


def _count(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    budget.items(max((arg for arg in args if isinstance(arg, int)), default=0))


STR_METHODS: Mapping[str, Check] = {
    "center": _padding,
    "expandtabs": _padding,
    "format": _template,
    "format_map": _template,
    "join": _join,
    "ljust": _padding,
    "replace": _replace,
    "rjust": _padding,
    "zfill": _padding,
}
LIST_METHODS: Mapping[str, Check] = {"extend": _extend}
FILTERS: Mapping[str, Check] = {
    "batch": _count,
    "center": _padding,
    "format": _template,
    "indent": _count,
    "join": _join_filter,
    "replace": _replace,
    "round": _count,
    "slice": _count,
    "tojson": _count,
    "wordwrap": _count,
}


def check_call(budget: Budget, function: Value, args: tuple[Value, ...]) -> None:
    """Refuse a method call of a text or list whose result would be too large."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, str):
        check = STR_METHODS.get(function.__name__)
    elif isinstance(owner, list):
        check = LIST_METHODS.get(function.__name__)
    else:
        return
    if check is not None:
        check(budget, owner, args)


def check_operator(budget: Budget, operator: str, left: Value, right: Value) -> None:
    """Refuse ``* ** + %`` whose result would be too large."""
    if operator == "*":
        _check_product(budget, left, right)
    elif operator == "**":
        if isinstance(left, int) and isinstance(right, int):
            budget.text(
                0 if left.bit_length() * abs(right) <= _MAX_BITS else budget.limits.text + 1
            )
    elif operator == "+":
        if isinstance(left, str) and isinstance(right, str):
            budget.text(len(left) + len(right))
        elif isinstance(left, list | tuple) and isinstance(right, list | tuple):
            budget.items(len(left) + len(right))
    elif isinstance(left, str):
        _template(budget, left, _integers(right))


def _check_product(budget: Budget, left: Value, right: Value) -> None:
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() + right.bit_length()
        budget.text(0 if bits <= _MAX_BITS else budget.limits.text + 1)
        return
    sized, count = (right, left) if isinstance(left, int) else (left, right)
    if isinstance(count, int) and isinstance(sized, str):
        budget.text(len(sized) * count)
    elif isinstance(count, int) and isinstance(sized, list | tuple):
        budget.items(len(sized) * count)


def _integers(value: Value) -> tuple[Value, ...]:
    values: Iterable[Value] = value if isinstance(value, tuple) else ()
    return tuple(item for item in values if isinstance(item, int))
