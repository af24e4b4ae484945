"""YAML as Salt reads it: YAML 1.1 with the traps taken out.

Dates stay text, integers with leading zeros (file modes) are decimal. Duplicate keys, aliases that
expand without bound, recursion and deep nesting are errors with a position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field

from yaml import CBaseLoader, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import Resolver

from zester.dataclass import dataclass
from zester.resources.sealing.encrypted import FORM
from zester.resources.sealing.encrypted import TAG as ENCRYPTED
from zester.targeting.value import Value
from zester.templating.documents.fault import Fault, fault_error, yaml_fault
from zester.templating.documents.scalars import SCALARS, TAG

MAX_DEPTH = 100
MAX_NODES = 1_000_000

_STR, _SEQ, _MAP = f"{TAG}str", f"{TAG}seq", f"{TAG}map"
_OMAP, _PAIRS, _MERGE = f"{TAG}omap", f"{TAG}pairs", f"{TAG}merge"
_IMPLICIT = Resolver.yaml_implicit_resolvers
_DASHES = re.compile(r"(?:[-?:][ \t]+){60}")
_KEPT_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed text.

    ``offsets`` maps the path of each key or item of the three topmost levels to its character
    offset; a single value of a topmost key counts as a key below it (``id: state.function``).
    ``encrypted`` is where the first value tagged so stands; it is kept as it is written.
    """

    data: Value
    offsets: Mapping[tuple[Value, ...], int] = field(default_factory=dict)
    encrypted: int | None = None


def load(text: str, file: str = "<text>") -> Document:
    """Parse a text; raises YamlError."""
    try:
        return parse(text)
    except Fault as fault:
        raise fault_error(fault, text, file) from fault


def parse(text: str) -> Document:
    """Parse a text; raises Fault."""
    if text.startswith("\ufeff"):
        text = " " + text[1:]
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Fault("a lone surrogate is not text", error.start) from error
    _refuse_depth(text)
    try:
        root = _Composer(text).get_single_node()
    except YAMLError as error:
        raise yaml_fault(error) from error
    if root is None:
        return Document(None)
    builder = _Builder()
    data = builder.build(root, 0)
    offsets: dict[tuple[Value, ...], int] = {}
    _collect(builder, root, (), offsets)
    return Document(data, offsets, builder.encrypted)


class _Composer(CBaseLoader):
    """Text → nodes, in C but for the tags of plain scalars, which are remembered."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._tags: dict[str, str] = {}

    def resolve(self, kind: type[Node], value: str, implicit: tuple[bool, bool]) -> str:
        if kind is not ScalarNode:
            return _SEQ if kind is SequenceNode else _MAP
        if not implicit[0]:
            return _STR
        tag = self._tags.get(value)
        if tag is None:
            tag = self._tags[value] = _plain_tag(value)
        return tag


def _plain_tag(value: str) -> str:
    for tag, pattern in _IMPLICIT.get(value[:1], ()):
        if pattern.match(value):
            return str(tag)
    return _STR


class _Builder:
    """Nodes → data, counting what aliases expand to."""

    def __init__(self) -> None:
        self._built: dict[int, tuple[Value, int]] = {}
        self._open: set[int] = set()
        self._count = 0
        self.encrypted: int | None = None

    def build(self, node: Node, depth: int) -> Value:
        if type(node) is ScalarNode:
            self._count += 1
            return _scalar(node) if node.tag != ENCRYPTED else self._encrypted(node)
        known = self._built.get(id(node))
        if known is not None:
            self._count += known[1]
            self._check(node)
            return known[0]
        if id(node) in self._open:
            raise Fault("an anchor that contains itself", node.start_mark.index)
        if depth > MAX_DEPTH:
            raise Fault(f"nested deeper than {MAX_DEPTH} levels", node.start_mark.index)
        before = self._count
        self._count += 1
        self._open.add(id(node))
        value = self._collection(node, depth)
        self._open.discard(id(node))
        self._check(node)
        self._built[id(node)] = (value, self._count - before)
        return value

    def _encrypted(self, node: ScalarNode) -> str:
        text = str(node.value).strip()
        if not FORM.fullmatch(text):
            raise Fault(
                f"what follows {ENCRYPTED} was not made by `zester encrypt`", node.start_mark.index
            )
        if self.encrypted is None:
            self.encrypted = node.start_mark.index
        return text

    def _check(self, node: Node) -> None:
        if self._count > MAX_NODES:
            raise Fault(f"aliases expand to more than {MAX_NODES} nodes", node.start_mark.index)

    def _collection(self, node: Node, depth: int) -> Value:
        if isinstance(node, SequenceNode):
            if node.tag == _OMAP:
                return self._ordered_map(node, depth)
            if node.tag == _PAIRS:
                return [[*pair] for pair in self._pairs(node, depth)]
            _expect(node, _SEQ)
            return [self.build(item, depth + 1) for item in node.value]
        _expect(node, _MAP)
        return self._mapping(node, depth)

    def _mapping(self, node: Node, depth: int) -> dict[Value, Value]:
        result: dict[Value, Value] = {}
        places: dict[Value, int] = {}
        merged: list[Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged.append(value_node)
                continue
            key = self.key(key_node, depth)
            if key in result:
                raise Fault(f"duplicate key {key!r}", key_node.start_mark.index, first=places[key])
            result[key] = self.build(value_node, depth + 1)
            places[key] = key_node.start_mark.index
        if merged:
            inherited: dict[Value, Value] = {}
            for value_node in merged:
                self._merge(value_node, depth, inherited)
            result = {**{k: v for k, v in inherited.items() if k not in result}, **result}
        return result

    def key(self, node: Node, depth: int) -> Value:
        key = self.build(node, depth + 1)
        if isinstance(key, list | dict):
            raise Fault("a list or mapping cannot be a key", node.start_mark.index)
        return key

    def _merge(self, node: Node, depth: int, into: dict[Value, Value]) -> None:
        sources = node.value if isinstance(node, SequenceNode) else [node]
        merged: dict[Value, Value] = {}
        for source in reversed(sources):  # the first of a list wins and, as in Salt, comes last
            data = self.build(source, depth + 1)
            if not isinstance(data, dict):
                raise Fault("only mappings can be merged with <<", source.start_mark.index)
            merged.update(data)
        for key, value in merged.items():
            into.setdefault(key, value)

    def _ordered_map(self, node: Node, depth: int) -> dict[Value, Value]:
        return dict(self._pairs(node, depth))

    def _pairs(self, node: Node, depth: int) -> Iterator[tuple[Value, Value]]:
        for item in node.value:
            data = self.build(item, depth + 1)
            if not isinstance(data, dict):
                raise Fault(f"{_short(node.tag)} holds mappings", item.start_mark.index)
            yield from data.items()


def _scalar(node: ScalarNode) -> Value:
    tag = node.tag
    if tag == _STR:
        return node.value
    reader = SCALARS.get(tag)
    if reader is None:
        raise Fault(f"tag {_short(tag)} is not supported", node.start_mark.index)
    try:
        return reader(node.value)
    except ValueError as error:
        raise Fault(f"{node.value!r} is not a {_short(tag)}", node.start_mark.index) from error


def _expect(node: Node, tag: str) -> None:
    if node.tag != tag:
        raise Fault(f"tag {_short(node.tag)} is not supported", node.start_mark.index)


def _short(tag: str) -> str:
    return f"!!{tag.removeprefix(TAG)}" if tag.startswith(TAG) else tag


def _collect(
    builder: _Builder,
    node: Node,
    path: tuple[Value, ...],
    offsets: dict[tuple[Value, ...], int],
) -> None:
    if len(path) == _KEPT_DEPTH:
        return
    if isinstance(node, MappingNode):
        for key_node, value_node in node.value:
            if key_node.tag != _MERGE:
                here = (*path, builder.key(key_node, 0))
                offsets[here] = key_node.start_mark.index
                if not path and isinstance(value_node, ScalarNode):
                    # ``id: state.function`` in short: the text stands for a key of its own.
                    offsets[*here, value_node.value] = value_node.start_mark.index
                _collect(builder, value_node, here, offsets)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            here = (*path, index)
            offsets[here] = item.start_mark.index
            _collect(builder, item, here, offsets)


def _refuse_depth(text: str) -> None:
    """Raise Fault for nesting that would exhaust the C composer's stack."""
    if (
        text.count("[") + text.count("{") <= MAX_DEPTH
        and " " * MAX_DEPTH not in text
        and _DASHES.search(text) is None
    ):
        return
    parser, depth = CBaseLoader(text), 0
    try:
        while (event := parser.get_event()) is not None:
            name = type(event).__name__
            if name in ("SequenceStartEvent", "MappingStartEvent"):
                depth += 1
                if depth > MAX_DEPTH:
                    place = event.start_mark.index if event.start_mark else 0
                    raise Fault(f"nested deeper than {MAX_DEPTH} levels", place)
            elif name in ("SequenceEndEvent", "MappingEndEvent"):
                depth -= 1
    except YAMLError as error:
        raise yaml_fault(error) from error
