"""Operations that could build something huge from something small, and what they would build."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized

from zester.targeting.value import Value
from zester.templating.jinja.limits import Budget

_WIDTH = re.compile(r"\d{6,}")
_ASKED_WIDTH = re.compile(r"\*|[:.][^{}]*\{")
"""A width that an argument gives: ``%*d``, ``{:{w}}``."""

_MAX_BITS = 100_000
_LEAVES = frozenset((int, float, bool, type(None)))

Check = Callable[[Budget, Value, tuple[Value, ...]], None]
"""Looks at the object a method is called on (or a filter is applied to) and the arguments."""


def weigh(budget: Budget, value: Value) -> int:
    """Return about how many characters a value is as text, at most the limit and one.

    A value can be small in memory and huge as text: a list that holds another one many times.
    """
    if isinstance(value, str):
        return len(value)
    most = budget.limits.text
    # of each container by its id, None while it is being weighed
    weights: dict[int, int | None] = {id(value): None}
    kept = []  # so that nothing else gets the id of what was weighed
    walk = [(value, iter(_members(value) or ()), 2)]
    while walk:
        container, items, weight = walk.pop()
        for item in items:
            if isinstance(item, str):
                weight += len(item)
                continue
            inner = None if type(item) in _LEAVES else _members(item)
            if inner is None:
                weight += 2
            elif id(item) not in weights:
                weights[id(item)] = None
                walk += [(container, items, weight), (item, iter(inner), 2)]
                break
            else:
                known = weights[id(item)]
                if known is None:
                    return most + 1  # it holds itself
                weight += known
        else:
            kept.append(container)
            weights[id(container)] = weight
            if walk:
                outer, rest, so_far = walk.pop()
                walk.append((outer, rest, so_far + weight))
        if weight > most:
            return most + 1
    return weight


def _members(value: Value) -> Iterable[Value] | None:
    """What a container holds, None for anything else."""
    if type(value) is dict or isinstance(value, Mapping):  # asking the latter takes longer
        return (*value.keys(), *value.values())
    return value if isinstance(value, list | tuple | set | frozenset) else None


def check_weight(budget: Budget, value: Value, args: tuple[Value, ...] = ()) -> None:
    """Refuse to turn into text what would be too long."""
    if isinstance(value, list | tuple | set | frozenset | Mapping):
        budget.text(weigh(budget, value))


def padding(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    budget.text(largest(args))


def _tabs(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    budget.text(len(owner) + owner.count("\t") * max(8, largest(args)))


def template(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if not isinstance(owner, str):
        return
    width = max((int(number) for number in _WIDTH.findall(owner)), default=0)
    if _ASKED_WIDTH.search(owner):
        width = max(width, *_integers(args), 0)
    widest = max(width, max((weigh(budget, arg) for arg in args), default=0))
    fields = owner.count("%") + owner.count("{")
    budget.text(len(owner) + fields * widest)


def join(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    items = args[0] if args else ()
    if isinstance(items, Sized):
        budget.text(weigh(budget, items) + len(owner) * len(items))


def replace(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if len(args) >= 2 and all(isinstance(item, str) for item in (owner, *args[:2])):
        budget.text(
            len(owner) + (owner.count(args[0]) if args[0] else len(owner) + 1) * len(args[1])
        )


def _translate(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if args and isinstance(args[0], Mapping):
        longest = max((len(text) for text in args[0].values() if isinstance(text, str)), default=1)
        budget.text(len(owner) * longest)


def _extend(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if args and isinstance(args[0], list | tuple):
        budget.items(len(owner) + len(args[0]))


STR_METHODS: Mapping[str, Check] = {
    "center": padding,
    "expandtabs": _tabs,
    "format": template,
    "format_map": template,
    "join": join,
    "ljust": padding,
    "replace": replace,
    "rjust": padding,
    "translate": _translate,
    "zfill": padding,
}
LIST_METHODS: Mapping[str, Check] = {"extend": _extend}


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


def wants_sized(function: Value) -> bool:
    """Return whether a call is ``text.join``, whose argument must be known as a whole."""
    return getattr(function, "__name__", "") == "join" and isinstance(
        getattr(function, "__self__", None), str
    )


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
        template(budget, left, right if isinstance(right, tuple) else (right,))


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


def largest(args: Iterable[Value]) -> int:
    return max((arg for arg in args if isinstance(arg, int)), default=0)


def _integers(args: Iterable[Value]) -> Iterator[int]:
    """Every number in the arguments, one level deep."""
    for arg in args:
        if isinstance(arg, int):
            yield arg
        elif isinstance(arg, Mapping):
            yield largest(arg.values())
        elif isinstance(arg, list | tuple):
            yield largest(arg)
