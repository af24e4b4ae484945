"""A state file in one of the shapes it may take: ids, calls, arguments, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from zester.compiler.checks.lint.nodes import Alias, Mapping, Node, Scalar, Sequence, read_nodes
from zester.compiler.high.declaration import RESERVED
from zester.dataclass import dataclass
from zester.errors import At
from zester.templating.jinja.skeleton import WORD
from zester.templating.origin import Rendered

_OPAQUE = re.compile(WORD + r"\d+")


def opaque(text: str) -> bool:
    """Return whether part of a text comes out of an expression."""
    return _OPAQUE.search(text) is not None


def as_pattern(text: str) -> str:
    """Return a text as a glob in which each expression may be anything."""
    return _OPAQUE.sub("*", text)


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    value: Node
    start: int


@dataclass(frozen=True, slots=True)
class Call:
    """``fun`` is empty where only the state module is named (an extension).

    ``complete``: every argument is known by name.
    """

    id: str
    state: str
    fun: str
    arguments: tuple[Argument, ...]
    start: int
    complete: bool

    @property
    def function(self) -> str:
        return f"{self.state}.{self.fun}"

    def argument(self, name: str) -> Argument | None:
        return next((item for item in self.arguments if item.name == name), None)


@dataclass(frozen=True, slots=True)
class Outline:
    """``ids`` with the offset of each; ``dynamic``: there may be ids that are not seen here."""

    rendered: Rendered
    root: Node | None
    ids: tuple[tuple[str, int], ...]
    calls: tuple[Call, ...]
    extensions: tuple[Call, ...]
    dynamic: bool

    def at(self, start: int) -> At:
        """Return the place in the template."""
        return self.rendered.at(start)


def read_outline(rendered: Rendered, *, dynamic: bool = False) -> Outline:
    """Return what a text says; of what is malformed as much as can be understood."""
    root = read_nodes(rendered.text)
    ids: list[tuple[str, int]] = []
    calls: list[Call] = []
    extensions: list[Call] = []
    dynamic = dynamic or (root is None and bool(rendered.text.strip()))
    for key, value in root.pairs if isinstance(root, Mapping) else ():
        if not isinstance(key, Scalar) or key.text == "<<" or isinstance(value, Alias):
            dynamic = True
        if not isinstance(key, Scalar) or key.text.startswith("__"):
            continue
        if key.text == "extend" and isinstance(value, Mapping):
            for own, body in value.pairs:
                if isinstance(own, Scalar):
                    extensions.extend(_calls(own.text, body))
        elif key.text not in RESERVED:
            ids.append((key.text, key.start))
            calls.extend(_calls(key.text, value))
    return Outline(rendered, root, tuple(ids), tuple(calls), tuple(extensions), dynamic)


def _calls(id_: str, body: Node) -> Iterator[Call]:
    if isinstance(body, Scalar):
        state, _, fun = body.text.partition(".")
        if fun:
            yield Call(id_, state, fun, (), body.start, True)
    elif isinstance(body, Mapping):
        for key, value in body.pairs:
            if isinstance(key, Scalar) and not key.text.startswith("__") and key.text != "<<":
                yield _call(id_, key, value)


def _call(id_: str, key: Scalar, value: Node) -> Call:
    state, _, fun = key.text.partition(".")
    arguments: list[Argument] = []
    complete = isinstance(value, Sequence) or (isinstance(value, Scalar) and not value.text)
    for item in value.items if isinstance(value, Sequence) else ():
        if isinstance(item, Scalar):
            complete = complete and not opaque(item.text)
            fun = fun or item.text
        elif isinstance(item, Mapping):
            for name, given in item.pairs:
                if isinstance(name, Scalar) and not opaque(name.text) and name.text != "<<":
                    arguments.append(Argument(name.text, given, name.start))
                else:
                    complete = False
        else:
            complete = False
    return Call(id_, state, fun, tuple(arguments), key.start, complete)


def texts(node: Node) -> list[str]:
    """Return a text, or a list's texts and first keys; as globs where expressions stand, ``*`` for
    what cannot be told."""
    found: list[str] = []
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Mapping):
            found.extend(key.text if isinstance(key, Scalar) else "*" for key, _ in item.pairs)
        else:
            found.append(item.text if isinstance(item, Scalar) else "*")
    return [as_pattern(text) for text in found]
