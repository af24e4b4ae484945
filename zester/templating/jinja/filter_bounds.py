"""Filters that could build something huge from something small, and what they would build."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized

from jinja2 import Undefined

from zester.targeting.value import Value
from zester.templating.filters.networks import network_size
from zester.templating.jinja.bounds import (
    Check,
    check_weight,
    join,
    largest,
    padding,
    replace,
    template,
    weigh,
)
from zester.templating.jinja.limits import Budget, LimitReached

MAX_TUPLE = 1000
"""The longest tuples that are combined, so that counting them is quick."""


def _join_filter(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    join(budget, args[0] if args and isinstance(args[0], str) else "", (owner,))


def _count(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    budget.items(largest(args))


def _indent(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    widths = [
        len(arg) if isinstance(arg, str) else arg for arg in args if isinstance(arg, int | str)
    ]
    if isinstance(owner, str):
        budget.text(len(owner) + (owner.count("\n") + 1) * max(widths, default=4))


def _wrap(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    _count(budget, owner, args)
    mark = max((len(arg) for arg in args if isinstance(arg, str)), default=1)
    budget.text(weigh(budget, owner) * (1 + mark))


def _sum(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    if isinstance(owner, list | tuple) and any(isinstance(arg, list) for arg in args):
        budget.items(sum(len(item) for item in owner if isinstance(item, list | tuple)))


def _data_to_text(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    _count(budget, owner, args)
    longest = max((len(text) for text in _texts(args)), default=0)
    budget.text(weigh(budget, owner) * (1 + longest + largest(args) // 16))


def _texts(args: Iterable[Value]) -> Iterator[str]:
    for arg in args:
        if isinstance(arg, str):
            yield arg
        elif isinstance(arg, list | tuple):
            yield from (item for item in arg if isinstance(item, str))


def _size(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    budget.text(largest((owner, *args)))


def _leaves(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    """Check how many items nested lists and mappings hold, counting again what is there twice."""
    count = 0
    waiting = [iter((owner, *args))]
    while waiting:
        for item in waiting[-1]:
            count += 1
            if isinstance(item, Mapping):
                waiting.append(iter((*item.keys(), *item.values())))
                break
            if isinstance(item, list | tuple | set | frozenset):
                waiting.append(iter(item))
                break
        else:
            waiting.pop()
        if count > budget.limits.items:
            budget.items(count)


def _hosts(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    sizes = network_size(owner, *args)
    budget.items(sum(sizes) if isinstance(sizes, list) else sizes or 0)


def _weighed(check: Check) -> Check:
    """Return a check that also refuses an input that would be too long as text."""

    def both(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
        check_weight(budget, owner)
        check(budget, owner, args)

    return both


def _networks(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    check_weight(budget, owner)
    lists = owner.values() if isinstance(owner, Mapping) else [owner]
    for networks in args:
        if isinstance(networks, Sized):
            budget.items(len(networks) * sum(len(items) for items in lists))


def _combinations(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    _tuples(budget, math.comb(_len(owner), _length(args, 0)), _length(args, 0))


def _multisets(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    length = _length(args, 0)
    _tuples(budget, math.comb(_len(owner) + length - 1, length) if _len(owner) else 0, length)


def _permutations(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    length = _length(args, _len(owner))
    _tuples(budget, math.perm(_len(owner), length), length)


def _product(budget: Budget, owner: Value, args: tuple[Value, ...]) -> None:
    lists = [owner, *(arg for arg in args if isinstance(arg, Sized))]
    times = _length([arg for arg in args if isinstance(arg, int)], 1)
    _tuples(budget, math.prod(map(_len, lists)) ** times, len(lists) * times)


def _tuples(budget: Budget, count: int, length: int) -> None:
    budget.items(count)
    budget.items(count * length)


def _len(value: Value) -> int:
    """Return a length, 0 of what has none: the filter itself refuses that."""
    return len(value) if isinstance(value, Sized) and not isinstance(value, Undefined) else 0


def _length(args: Sequence[Value], default: int) -> int:
    """Return the length of the tuples asked for, one that cannot be built cut to the limit."""
    length = args[0] if args and isinstance(args[0], int) else default
    if length > MAX_TUPLE:
        raise LimitReached(f"tuples of more than {MAX_TUPLE} items")
    return max(length, 0)


_AS_TEXT = (
    *("capitalize", "e", "escape", "forceescape", "gen_mac", "human_to_bytes", "lower", "pprint"),
    *("python", "safe", "string", "striptags", "title", "trim", "truncate", "upper", "urlencode"),
    *("urlize", "wordcount", "xml", "xmlattr", "yaml", "yaml_dquote", "yaml_squote"),
    *("dict_to_sls_yaml_params",),
)
FILTERS: Mapping[str, Check] = {
    **dict.fromkeys(_AS_TEXT, check_weight),
    "batch": _count,
    "center": _weighed(padding),
    "combinations": _combinations,
    "combinations_with_replacement": _multisets,
    "compare_dicts": _leaves,
    "compare_lists": _leaves,
    "difference": _leaves,
    "filter_by_networks": _networks,
    "flatten": _leaves,
    "format": _weighed(template),
    "indent": _indent,
    "intersect": _leaves,
    "join": _join_filter,
    "json": _data_to_text,
    "json_decode_dict": _leaves,
    "json_decode_list": _leaves,
    "json_encode_dict": _leaves,
    "json_encode_list": _leaves,
    "network_hosts": _hosts,
    "permutations": _permutations,
    "product": _product,
    "random_str": _size,
    "replace": _weighed(replace),
    "round": _count,
    "slice": _count,
    "sum": _sum,
    "symmetric_difference": _leaves,
    "to_json": _data_to_text,
    "tojson": _data_to_text,
    "union": _leaves,
    "unique": _leaves,
    "wordwrap": _wrap,
}
SIZED: frozenset[str] = frozenset(
    (
        *("combinations", "combinations_with_replacement", "join", "permutations", "product"),
        "sum",
    )
)
"""Filters whose input must be known as a whole before it can be judged."""
