"""The ids of the nodes of a fleet, in order, each with its place."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from fnmatch import translate

from zester.targeting.expression import IdList, IdMatch, IdRange
from zester.targeting.matcher import in_range

_LITERAL = re.compile(r"[^*?\[]*")


class KnownIds:
    """Ids and places; the place of one that went is given to the next that comes."""

    def __init__(self) -> None:
        self._ordered: list[str] = []
        self._in_order: list[int] = []  # their places
        self._places: dict[str, int] = {}
        self._named: list[str] = []
        self._free: list[int] = []

    def __iter__(self) -> Iterator[str]:
        return iter(self._ordered)

    def place(self, node: str) -> int | None:
        """Return a node's place, None when it has none."""
        return self._places.get(node)

    def add(self, node: str) -> int:
        """Return a node's place, a new one when it has none."""
        place = self._places.get(node)
        if place is not None:
            return place
        if self._free:
            place = self._free.pop()
            self._named[place] = node
        else:
            place = len(self._named)
            self._named.append(node)
        self._places[node] = place
        at = bisect_left(self._ordered, node)
        self._ordered.insert(at, node)
        self._in_order.insert(at, place)
        return place

    def drop(self, node: str) -> int | None:
        """Forget a node; return the place it had."""
        place = self._places.pop(node, None)
        if place is not None:
            at = bisect_left(self._ordered, node)
            del self._ordered[at], self._in_order[at]
            self._free.append(place)
        return place

    def at(self, bits: int) -> frozenset[str]:
        """Return the ids at the places whose bits are set."""
        digits = bin(bits)[:1:-1]
        return frozenset(
            node for node, digit in zip(self._named, digits, strict=False) if digit == "1"
        )

    def meant(self, leaf: IdMatch | IdList | IdRange) -> list[int]:
        """Return the places of the ids that are meant."""
        if isinstance(leaf, IdList):
            return [self._places[node] for node in leaf.ids if node in self._places]
        if isinstance(leaf, IdRange):
            return self._in_range(leaf)
        if leaf.comparison == "regex":
            return self._among("", re.compile(leaf.pattern).match)
        literal = _LITERAL.match(leaf.pattern)
        prefix = literal[0] if literal else ""
        if leaf.pattern == f"{prefix}*":
            return self._in_order[self._beginning(prefix)]
        return self._among(prefix, re.compile(translate(leaf.pattern)).match)

    def _in_range(self, leaf: IdRange) -> list[int]:
        if leaf.last - leaf.first > len(self._ordered):
            return self._among(leaf.before, lambda node: in_range(leaf, node))
        before, width, after = leaf.before, leaf.width, leaf.after
        written = (f"{before}{n:0{width}d}{after}" for n in range(leaf.first, leaf.last + 1))
        return [self._places[node] for node in written if node in self._places]

    def _among(self, prefix: str, meant: Callable[[str], object]) -> list[int]:
        """Ask about the nodes whose ids begin with a text."""
        some = self._beginning(prefix)
        asked = map(meant, self._ordered[some])
        return [place for place, hit in zip(self._in_order[some], asked, strict=True) if hit]

    def _beginning(self, prefix: str) -> slice:
        """Return where the ids that begin with a text are."""
        if not prefix:
            return slice(None)
        first = bisect_left(self._ordered, prefix)
        return slice(first, bisect_right(self._ordered, prefix + "\U0010ffff"))
