"""The YAML of a state file as far as it can be seen without rendering it."""

from __future__ import annotations

from collections.abc import Iterator

from zester.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """A value; ``start`` and ``end`` are character offsets in the file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A scalar; where an expression stands ``value`` holds as many ``x``."""

    value: str
    plain: bool
    tagged: bool


@dataclass(frozen=True, slots=True)
class List(Node):
    items: tuple[Node, ...]
    flow: bool


@dataclass(frozen=True, slots=True)
class Map(Node):
    pairs: tuple[tuple[Node, Node | None], ...]
    flow: bool

    def get(self, key: str) -> Node | None:
        """Return the first value under a key."""
        for name, value in self.pairs:
            if isinstance(name, Text) and name.value == key:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Outline:
    """The documents of a file; ``unread`` are lines whose YAML depends on what tags give."""

    roots: tuple[Node, ...]
    unread: tuple[int, ...] = ()

    def nodes(self) -> Iterator[Node]:
        """Return every node, parents first."""
        waiting = list(reversed(self.roots))
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node, List):
                waiting.extend(reversed(node.items))
            elif isinstance(node, Map):
                for key, value in reversed(node.pairs):
                    waiting.extend(part for part in (value, key) if part is not None)
