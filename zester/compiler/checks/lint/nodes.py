"""YAML as it is written: nodes with places, aliases left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from yaml import CBaseLoader, YAMLError
from yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from zester.dataclass import dataclass

MAX_DEPTH = 100


@dataclass(slots=True)
class Scalar:
    """``start`` and ``end`` are character offsets; ``plain`` = without quotes."""

    text: str
    start: int
    end: int
    plain: bool


@dataclass(slots=True)
class Alias:
    """``*anchor``: whatever stands there."""

    start: int


@dataclass(slots=True)
class Mapping:
    start: int
    pairs: list[tuple[Node, Node]] = field(default_factory=list)


@dataclass(slots=True)
class Sequence:
    start: int
    items: list[Node] = field(default_factory=list)


Node = Scalar | Alias | Mapping | Sequence


def read_nodes(text: str) -> Node | None:
    """Return the first document's root, None when there is none or it is not YAML.

    Never expands an alias and never recurses, so no text is too clever for it.
    """
    try:
        loader = CBaseLoader(text.replace("\ufeff", " ", 1))
    except (YAMLError, UnicodeError):
        return None
    try:
        return _build(loader)
    except YAMLError:
        return None
    finally:
        loader.dispose()


class _Builder:
    """Puts nodes where they belong; ``root`` is the first, ``done`` once it is closed."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.done = False
        self._open: list[Mapping | Sequence] = []
        self._keys: list[Node | None] = []

    def add(self, node: Node) -> bool:
        """Return False when the nesting is too deep."""
        if not self._open:
            self.root = node
        else:
            self._place(self._open[-1], node)
        if isinstance(node, Mapping | Sequence):
            self._open.append(node)
            self._keys.append(None)
        elif not self._open:
            self.done = True
        return len(self._open) <= MAX_DEPTH

    def _place(self, parent: Mapping | Sequence, node: Node) -> None:
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None

    def close(self) -> None:
        self._open.pop()
        self._keys.pop()
        self.done = not self._open


def _build(loader: CBaseLoader) -> Node | None:
    builder = _Builder()
    while not builder.done and (event := loader.get_event()) is not None:
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            builder.close()
            continue
        start = _offset(event.start_mark)
        if isinstance(event, ScalarEvent):
            node: Node = Scalar(event.value, start, _offset(event.end_mark), not event.style)
        elif isinstance(event, AliasEvent):
            node = Alias(start)
        elif isinstance(event, MappingStartEvent):
            node = Mapping(start)
        elif isinstance(event, SequenceStartEvent):
            node = Sequence(start)
        else:
            continue
        if not builder.add(node):
            return None
    return builder.root


def _offset(mark: Any) -> int:  # noqa: ANN401 - a Mark of Python's or of C's making, or none
    return 0 if mark is None else int(mark.index)


def scalars(root: Node | None) -> Iterator[tuple[Scalar | None, Scalar]]:
    """Yield each scalar below a node with the key it is the value, or an item of the value, of."""
    pending: list[tuple[Scalar | None, Node | None]] = [(None, root)]
    while pending:
        key, node = pending.pop()
        if isinstance(node, Scalar):
            yield key, node
        elif isinstance(node, Sequence):
            pending.extend((key, item) for item in reversed(node.items))
        elif isinstance(node, Mapping):
            for own, value in reversed(node.pairs):
                pending.append((own if isinstance(own, Scalar) else None, value))
