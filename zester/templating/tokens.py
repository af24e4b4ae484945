"""The words of a template, for tools that change templates without running them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Literal

from jinja2 import Environment, nodes

from zester.dataclass import dataclass
from zester.errors import RenderError
from zester.templating.failures import FAILURES, explain
from zester.templating.jinja.environment import EXTENSIONS

Kind = Literal[
    "data", "raw", "comment", "begin", "end", "name", "string", "number", "operator", "space"
]

_KINDS: dict[str, Kind] = {
    "comment_begin": "comment",
    "comment": "comment",
    "comment_end": "comment",
    "raw_begin": "raw",
    "raw_end": "raw",
    "block_begin": "begin",
    "variable_begin": "begin",
    "block_end": "end",
    "variable_end": "end",
    "name": "name",
    "string": "string",
    "integer": "number",
    "float": "number",
    "operator": "operator",
    "whitespace": "space",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a template's text, exactly as written; ``start`` is its character offset.

    ``data`` is text outside of tags, ``raw`` a raw block with its tags, ``begin`` and ``end`` are
    the delimiters of a tag or expression.
    """

    kind: Kind
    text: str
    start: int
    line: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def opens_block(self) -> bool:
        """Whether this begins a tag (``{%``) and not an expression."""
        return self.kind == "begin" and self.text.startswith("{%")


@dataclass(frozen=True, slots=True)
class Syntax:
    """A template that parses. The texts of ``tokens`` joined are the template, byte for byte.

    ``bound`` are the names it gives a value itself: set, loop variables, parameters, imports.
    """

    tokens: tuple[Token, ...]
    bound: frozenset[str]


class TemplateReader:
    """Reads the syntax of templates; keep one for many."""

    def __init__(self) -> None:
        self._environment = Environment(  # noqa: S701 -- nothing is rendered
            extensions=EXTENSIONS, keep_trailing_newline=True
        )

    def read(self, text: str, name: str) -> Syntax:
        """Return a template's words; raises RenderError at the place that does not parse."""
        try:
            tree = self._environment.parse(text, name, name)
            return Syntax(tuple(self._tokens(text, name)), frozenset(_bound(tree)))
        except FAILURES as error:
            raise _located(error, text, name) from error

    def _tokens(self, text: str, name: str) -> Iterator[Token]:
        normal = re.sub(r"\r\n|\r", "\n", text)
        returns = [match.start() - order for order, match in enumerate(_RETURNS.finditer(text))]
        position = start = 0
        line = 1
        raw = False
        for _, jinja_kind, value in self._environment.lexer.tokeniter(normal, name):
            begin = normal.find(value, position)
            # Whitespace that a "-" strips is in no token of the lexer.
            for kind, upto in (("gap", begin), (jinja_kind, begin + len(value))):
                if upto == position:
                    continue
                end = upto + bisect_left(returns, upto)
                raw = raw or (jinja_kind == "raw_begin" and kind != "gap")
                known = "raw" if raw else _KINDS.get(kind, "data")
                yield Token(known, text[start:end], start, line)
                line += normal.count("\n", position, upto)
                position, start = upto, end
            raw = raw and jinja_kind != "raw_end"
        if start < len(text):
            yield Token("data", text[start:], start, line)


_RETURNS = re.compile(r"\r\n")


def _bound(tree: nodes.Template) -> Iterator[str]:
    kinds = (nodes.Name, nodes.Macro, nodes.Import, nodes.FromImport, nodes.Block)
    for node in tree.find_all(kinds):
        if isinstance(node, nodes.Name):
            if node.ctx != "load":
                yield node.name
        elif isinstance(node, nodes.Macro | nodes.Block):
            yield node.name
        elif isinstance(node, nodes.Import):
            yield node.target
        elif isinstance(node, nodes.FromImport):
            for name in node.names:
                yield from (name,) if isinstance(name, str) else name


def _located(error: Exception, text: str, name: str) -> RenderError:
    found = explain(error, name=name, path=lambda path: path, text={name: text}.get)
    return RenderError(found.message, at=found.at, excerpt=found.excerpt, hint=found.hint)
