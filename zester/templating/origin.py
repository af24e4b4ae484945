"""Where rendered text comes from."""

from __future__ import annotations

import marshal
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import field
from hashlib import blake2b
from typing import NamedTuple

from zester.dataclass import dataclass
from zester.errors import At


class PlacedText(str):
    """Text of a template, with the place it stands at; it goes wherever output goes.

    An empty one tells the place of the expression that follows.
    """

    __slots__ = ("file", "line")
    file: str
    line: int

    @classmethod
    def of(cls, file: str, line: int, text: str) -> PlacedText:
        placed = cls(text)
        placed.file = file
        placed.line = line
        return placed


class Segment(NamedTuple):
    """A piece of rendered text that starts at ``offset`` and came from ``file:line``.

    ``literal``: the piece is template text, so its lines are lines of the template.
    """

    offset: int
    file: str
    line: int
    literal: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """Rendered text and its origin, piece by piece; ``prefix`` leads from the tree to the files."""

    text: str
    segments: Sequence[Segment]
    prefix: str = ""
    _offsets: list[int] = field(init=False, repr=False, compare=False, default_factory=list)
    _newlines: list[int] = field(init=False, repr=False, compare=False, default_factory=list)

    def at(self, offset: int) -> At:
        """Return the place in the template that the character at ``offset`` came from."""
        if not self._offsets:
            self._offsets.extend(segment.offset for segment in self.segments)
        index = max(0, bisect_right(self._offsets, offset) - 1)
        segment = self.segments[index]
        line, column = segment.line, None
        if segment.literal:
            ends = self._line_ends()
            first, here = bisect_left(ends, segment.offset), bisect_left(ends, offset)
            line += here - first
            if here > first:
                column = offset - ends[here - 1]
        return At(self.prefix + segment.file, line, column)

    def _line_ends(self) -> list[int]:
        """Where the newlines are, looked for once: every state of a file asks for its place."""
        if not self._newlines:
            self._newlines.extend(found.start() for found in re.finditer("\n", self.text))
        return self._newlines


_HEADING = re.compile(
    "(?:[ \t]*(?:#[\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]*)?\n)*"
)
"""Empty lines and comments of YAML; what else breaks lines there, or is no text, is in none."""


def mark_of(rendered: Rendered) -> bytes:
    """Return a digest of a text and of where it came from, but for the comments it begins with.

    Texts with one mark are read as the same YAML, and each part of them stands at the same place.
    """
    found = _HEADING.match(rendered.text)
    start = found.end() if found is not None else 0
    first = max(0, bisect_right(rendered.segments, start, key=lambda each: each.offset) - 1)
    here, *others = rendered.segments[first:]
    line = here.line + (rendered.text.count("\n", here.offset, start) if here.literal else 0)
    begins = (here.offset < start, here.file, line, here.literal)
    origin = [(offset - start, file, line, literal) for offset, file, line, literal in others]
    mark = blake2b(marshal.dumps((rendered.prefix, begins, origin), 2))
    mark.update(rendered.text[start:].encode("utf-8", "surrogatepass"))
    return mark.digest()
