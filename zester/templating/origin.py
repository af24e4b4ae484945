"""Where rendered text comes from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import field

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


@dataclass(frozen=True, slots=True)
class Segment:
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
    _offsets: list[int] = field(init=False, repr=False, compare=False)
    _newlines: list[int] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_offsets", [segment.offset for segment in self.segments])

    def at(self, offset: int) -> At:
        """Return the place in the template that the character at ``offset`` came from."""
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
