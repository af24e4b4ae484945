"""Which of many nodes does an expression mean? Answered without looking at every node.

Every node has a place, and a set of nodes is a whole number whose bits are places. Nodes with the
same value of a fact are one class, so that a pattern is compared once for each value instead of
once for each node. What an index cannot know (the nodes' settings) makes two answers: the nodes
that are meant for sure, and those that may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import and_, or_

from zester.errors import TargetError
from zester.targeting.address_book import AddressBook
from zester.targeting.classes import Classes
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
from zester.targeting.known_ids import KnownIds
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target

Meant = tuple[int, int]
"""The bits of the nodes that are meant for sure, and of those that may be."""


class FleetIndex:
    """The nodes of a fleet; ``groups`` are the fleet's node groups."""

    def __init__(
        self, nodes: Iterable[NodeView] = (), groups: Mapping[str, str] | None = None
    ) -> None:
        self._nodes: dict[int, NodeView] = {}
        self._ids = KnownIds()
        self._groups = groups or {}
        self._all = 0
        self._facts, self._labels = Classes(), Classes()
        self._addresses = AddressBook()
        self._known: dict[Expression, Meant] = {}
        for node in nodes:
            self.put(node)

    def __len__(self) -> int:
        return len(self._nodes)

    def get(self, node: str) -> NodeView | None:
        """Return a node as it was put, without its settings."""
        place = self._ids.place(node)
        return None if place is None else self._nodes[place]

    def put(self, node: NodeView) -> None:
        """Take a node in, or replace what is known of it."""
        self._known.clear()
        place = self._ids.add(node.id)
        old = self._nodes.get(place) or NodeView(node.id)
        kept = self._nodes[place] = NodeView(
            node.id,
            self._facts.replace(place, old.facts, node.facts),
            labels=self._labels.replace(place, old.labels, node.labels),
        )
        self._all |= 1 << place
        self._addresses.put(place, kept)

    def drop(self, node: str) -> None:
        """Forget a node; fine when it is not known."""
        place = self._ids.drop(node)
        if place is None:
            return
        self._known.clear()
        old = self._nodes.pop(place)
        self._facts.replace(place, old.facts, {})
        self._labels.replace(place, old.labels, {})
        self._addresses.drop(place)
        self._all &= ~(1 << place)

    def find(
        self, expression: Expression, groups: Mapping[str, str] | None = None
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Return the ids that are meant for sure, and those that may be besides.

        ``groups`` replace those of the fleet. Raises TargetError when a node group does not parse
        or contains itself.
        """
        sure, maybe = self._find(expression, self._groups if groups is None else groups, ())
        return self._named(sure), self._named(maybe & ~sure)

    def forget(self) -> None:
        """Forget what earlier expressions meant."""
        self._known.clear()

    def _named(self, bits: int) -> frozenset[str]:
        return frozenset(self._ids) if bits == self._all else self._ids.at(bits)

    def _find(
        self, expression: Expression, groups: Mapping[str, str], within: tuple[str, ...]
    ) -> Meant:
        if isinstance(expression, And | Or):
            found = [self._find(operand, groups, within) for operand in expression.operands]
            join = and_ if isinstance(expression, And) else or_
            return reduce(join, (each[0] for each in found)), reduce(
                join, (each[1] for each in found)
            )
        if isinstance(expression, Not):
            sure, maybe = self._find(expression.operand, groups, within)
            return self._all & ~maybe, self._all & ~sure
        if isinstance(expression, GroupMatch):
            return self._group(expression.name, groups, within)
        found_before = self._known.get(expression)
        if found_before is None:
            found_before = self._known[expression] = self._leaf(expression)
        return found_before

    def _group(self, name: str, groups: Mapping[str, str], within: tuple[str, ...]) -> Meant:
        inside = (*within, name)
        if name in within:
            raise TargetError(f"node group {name!r} contains itself: {' → '.join(inside)}")
        text = groups.get(name)
        return (0, 0) if text is None else self._find(parse_target(text), groups, inside)

    def _leaf(self, leaf: IdMatch | IdList | IdRange | DataMatch | AddressMatch) -> Meant:
        if isinstance(leaf, DataMatch):
            if leaf.source == "settings":
                return 0, self._all
            found = self._data(self._facts if leaf.source == "facts" else self._labels, leaf)
        elif isinstance(leaf, AddressMatch):
            found = self._addresses.within(leaf.network)
        else:
            found = self._ids.meant(leaf)
        bits = _bits(found)
        return bits, bits

    def _data(self, table: Classes, leaf: DataMatch) -> Iterable[int]:
        """Compare a pattern with values; with nodes where that would be more."""
        found = table.meant(leaf.text, leaf.comparison)
        if found is None:
            return [place for place, node in self._nodes.items() if match(leaf, node)]
        return found


def _bits(places: Iterable[int]) -> int:
    """Return the whole number with these bits set."""
    chosen = places if isinstance(places, list) else list(places)
    if not chosen:
        return 0
    digits = bytearray(b"0") * (max(chosen) + 1)
    for place in chosen:
        digits[place] = 49  # "1"
    digits.reverse()
    return int(digits, 2)
