"""Which of many nodes does an expression mean? Answered without looking at every node.

The nodes are bits of a whole number. Nodes with the same value of a fact are one class, so that a
pattern is compared once for each value instead of once for each node. What an index cannot know
(the nodes' settings) makes two answers: the nodes that are meant for sure, and those that may be.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import reduce
from operator import and_, or_

from zester.errors import TargetError
from zester.targeting.expression import (
    AddressMatch,
    And,
    DataMatch,
    Expression,
    GroupMatch,
    IdList,
    IdMatch,
    IdRange,
    Not,
    Or,
)
from zester.targeting.matcher import addresses, in_range, match, match_data
from zester.targeting.node import NodeView
from zester.targeting.os_fact import OsFact
from zester.targeting.parser import parse_target
from zester.targeting.value import Value

_LITERAL = re.compile(r"[^*?\[]*")
_STEPS = re.compile(r"[.:]")

Meant = tuple[int, int]
"""The bits of the nodes that are meant for sure, and of those that may be."""

Classes = dict[str, tuple[Value, int]]
"""The values of one key: their text → value and the bits of the nodes that have it."""


class FleetIndex:
    """The nodes of a fleet, fixed when it is made; ``groups`` are the fleet's node groups."""

    def __init__(self, nodes: Iterable[NodeView], groups: Mapping[str, str] | None = None) -> None:
        self._nodes = sorted(nodes, key=lambda node: node.id)
        self._ids = [node.id for node in self._nodes]
        self._places = {node: place for place, node in enumerate(self._ids)}
        self._groups = groups or {}
        self._all = (1 << len(self._nodes)) - 1
        self._facts = _classes([node.facts for node in self._nodes])
        self._labels = _classes([node.labels for node in self._nodes])
        self._addresses: list[tuple[int, int, int]] | None = None
        self._known: dict[Expression, Meant] = {}

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._ids)

    def find(self, expression: Expression) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids that are meant for sure, and those that may be besides.

        Raises TargetError when a node group does not parse or contains itself.
        """
        sure, maybe = self._find(expression, ())
        return self._named(sure), self._named(maybe & ~sure)

    def forget(self) -> None:
        """Forget what earlier expressions meant."""
        self._known.clear()

    def _named(self, bits: int) -> frozenset[str]:
        if bits == self._all:
            return frozenset(self._ids)
        digits = bin(bits)[:1:-1]
        return frozenset(
            node for node, digit in zip(self._ids, digits, strict=False) if digit == "1"
        )

    def _find(self, expression: Expression, groups: tuple[str, ...]) -> Meant:
        if isinstance(expression, And | Or):
            found = [self._find(operand, groups) for operand in expression.operands]
            join = and_ if isinstance(expression, And) else or_
            return reduce(join, (each[0] for each in found)), reduce(
                join, (each[1] for each in found)
            )
        if isinstance(expression, Not):
            sure, maybe = self._find(expression.operand, groups)
            return self._all & ~maybe, self._all & ~sure
        if isinstance(expression, GroupMatch):
            return self._group(expression.name, groups)
        found_before = self._known.get(expression)
        if found_before is None:
            found_before = self._known[expression] = self._leaf(expression)
        return found_before

    def _group(self, name: str, groups: tuple[str, ...]) -> Meant:
        if name in groups:
            raise TargetError(f"node group {name!r} contains itself: {' → '.join([*groups, name])}")
        text = self._groups.get(name)
        return (0, 0) if text is None else self._find(parse_target(text), (*groups, name))

    def _leaf(self, leaf: IdMatch | IdList | IdRange | DataMatch | AddressMatch) -> Meant:
        if isinstance(leaf, DataMatch):
            if leaf.source == "settings":
                return 0, self._all
            bits = self._data(self._facts if leaf.source == "facts" else self._labels, leaf)
        elif isinstance(leaf, IdList):
            bits = _bits(self._places[node] for node in leaf.ids if node in self._places)
        elif isinstance(leaf, AddressMatch):
            bits = self._by_address(leaf)
        else:
            bits = self._by_id(leaf)
        return bits, bits

    def _by_id(self, leaf: IdMatch | IdRange) -> int:
        if isinstance(leaf, IdRange):
            return self._in_range(leaf)
        if leaf.comparison == "regex":
            return self._among("", re.compile(leaf.pattern).match)
        literal = _LITERAL.match(leaf.pattern)
        prefix = literal[0] if literal else ""
        if leaf.pattern == f"{prefix}*":
            first, last = self._beginning(prefix)
            return (1 << last) - (1 << first)
        return self._among(prefix, re.compile(translate(leaf.pattern)).match)

    def _in_range(self, leaf: IdRange) -> int:
        if leaf.last - leaf.first > len(self._ids):
            first, last = self._beginning(leaf.before)
            return _bits(place for place in range(first, last) if in_range(leaf, self._ids[place]))
        before, width, after = leaf.before, leaf.width, leaf.after
        written = (f"{before}{n:0{width}d}{after}" for n in range(leaf.first, leaf.last + 1))
        return _bits(self._places[node] for node in written if node in self._places)

    def _among(self, prefix: str, meant: Callable[[str], object]) -> int:
        """Ask about the nodes whose ids begin with a text."""
        first, last = self._beginning(prefix)
        found = map(meant, self._ids[first:last])
        return _bits([place for place, hit in enumerate(found, first) if hit])

    def _beginning(self, prefix: str) -> tuple[int, int]:
        """Return where the ids that begin with a text start and end."""
        if not prefix:
            return 0, len(self._ids)
        return bisect_left(self._ids, prefix), bisect_right(self._ids, prefix + "\U0010ffff")

    def _by_address(self, leaf: AddressMatch) -> int:
        if self._addresses is None:
            self._addresses = sorted(
                (address.version, int(address), place)
                for place, node in enumerate(self._nodes)
                for address in set(addresses(node))
            )
        network = leaf.network
        low = (network.version, int(network.network_address), -1)
        high = (network.version, int(network.broadcast_address), len(self._nodes))
        first, last = bisect_left(self._addresses, low), bisect_right(self._addresses, high)
        return _bits(place for _, _, place in self._addresses[first:last])

    def _data(self, table: Mapping[str, Classes], leaf: DataMatch) -> int:
        """Compare a pattern once for each different value of what its path may begin with."""
        if leaf.text.startswith("*:"):
            return _bits(place for place, node in enumerate(self._nodes) if match(leaf, node))
        keys = [key for key in _beginnings(leaf.text) if key in table]
        if len(keys) == 1:
            (key,) = keys
            return reduce(
                or_,
                (
                    bits
                    for value, bits in table[key].values()
                    if match_data({key: value}, leaf.text, leaf.comparison)
                ),
                0,
            )
        combined: list[tuple[dict[str, Value], int]] = [({}, self._all)]
        for key in keys:
            missing = self._all
            for _, bits in table[key].values():
                missing &= ~bits
            combined = [
                ({**data, **more}, bits & other)
                for data, bits in combined
                for more, other in (
                    *(({key: value}, held) for value, held in table[key].values()),
                    ({}, missing),
                )
                if bits & other
            ]
        return reduce(
            or_,
            (bits for data, bits in combined if match_data(data, leaf.text, leaf.comparison)),
            0,
        )


def _beginnings(text: str) -> list[str]:
    """The topmost keys that a path may be looked up under."""
    steps = text.split(":")
    found = {":".join(steps[:count]) for count in range(1, len(steps) + 1)}
    return sorted(found | {_STEPS.split(text, maxsplit=1)[0]})


def _classes(data: list[Mapping[str, Value]]) -> dict[str, Classes]:
    gathered: dict[str, dict[str, tuple[Value, list[int]]]] = {}
    for place, values in enumerate(data):
        for key, value in values.items():
            known = gathered.setdefault(key, {})
            text = _text(value)
            if text in known:
                known[text][1].append(place)
            else:
                known[text] = (value, [place])
    return {
        key: {text: (value, _bits(places)) for text, (value, places) in known.items()}
        for key, known in gathered.items()
    }


def _text(value: Value) -> str:
    """One text for each value that patterns can tell from others."""
    if type(value) is str:
        return value if not value.startswith(("j", "o")) else f"s{value}"
    if isinstance(value, OsFact):
        return "o" + json.dumps([str(value), value.parts], default=repr)
    return "j" + json.dumps(value, default=repr)


def _bits(places: Iterable[int]) -> int:
    """Return the whole number with these bits set."""
    chosen = places if isinstance(places, list) else list(places)
    if not chosen:
        return 0
    data = bytearray(max(chosen) // 8 + 1)
    for place in chosen:
        data[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(data, "little")
