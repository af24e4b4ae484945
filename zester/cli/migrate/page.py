"""One file, as text and as syntax."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property

from zester.cli.migrate.layout.nodes import Node, Outline
from zester.cli.migrate.layout.outline import outline
from zester.templating.tokens import Syntax, TemplateReader, Token

STATE_SUFFIXES = (".sls", ".zy")
CODE_RENDERERS = frozenset(("py", "pyobjects", "pydsl", "mako", "cheetah", "genshi", "wempy"))


_BREAK = re.compile(r"\r\n|[\r\n]")


class Page:
    """A file on its way; ``path`` is relative to the folder that was asked for."""

    def __init__(self, path: str, text: str, reader: TemplateReader) -> None:
        self.path = path
        self.text = text
        self._reader = reader

    def changed(self, text: str) -> Page:
        """Return the page with another text."""
        return self if text == self.text else Page(self.path, text, self._reader)

    @property
    def is_state_file(self) -> bool:
        return self.path.endswith(STATE_SUFFIXES)

    @cached_property
    def renderers(self) -> tuple[str, ...]:
        """The names of a ``#!`` line, ``stateconf`` with its options as one; empty without."""
        first = self.text.removeprefix("\ufeff").split("\n", 1)[0].strip()
        if not self.is_state_file or not first.startswith("#!"):
            return ()
        return tuple(part.split()[0] for part in first[2:].split("|") if part.split())

    @property
    def is_code(self) -> bool:
        """Whether this is no Jinja and YAML but another language."""
        return bool(CODE_RENDERERS.intersection(self.renderers))

    @cached_property
    def syntax(self) -> Syntax:
        """The words; raises RenderError."""
        jinja = not self.renderers or bool({"jinja", "stateconf"}.intersection(self.renderers))
        if self.is_code or not jinja:
            tokens = (Token("data", self.text, 0, 1),) if self.text else ()
            return Syntax(tokens, frozenset())
        return self._reader.read(self.text, self.path)

    @cached_property
    def outline(self) -> Outline:
        """The YAML between the tags; raises RenderError."""
        return outline(self.syntax.tokens)

    def line(self, node: Node) -> int:
        """Return the line a node starts on."""
        return bisect_right(self._line_starts, node.start) + 1

    @cached_property
    def _line_starts(self) -> list[int]:
        return [match.end() for match in _BREAK.finditer(self.text)]

    @cached_property
    def _tag_starts(self) -> list[int]:
        kinds = ("begin", "raw")
        return [token.start for token in self.syntax.tokens if token.kind in kinds]

    def has_tags(self, start: int, end: int) -> bool:
        """Return whether a tag or raw block begins between two offsets."""
        tags = self._tag_starts
        return bisect_left(tags, start) < bisect_left(tags, end)
