"""One file of a tree as the rules look at it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import field
from functools import cached_property

from zester.compiler.checks.lint.nodes import Node, read_nodes, scalars
from zester.compiler.checks.lint.outline import Outline, read_outline
from zester.compiler.state_file import uses_jinja
from zester.dataclass import dataclass
from zester.errors import At, SourceError
from zester.templating.jinja.skeleton import Branch, Fill
from zester.templating.jinja.uses import TemplateUses
from zester.templating.origin import Rendered, Segment
from zester.templating.outline import Outliner
from zester.templating.renderer import has_jinja

Variant = Callable[[Branch, Fill], Rendered]
_BRANCHES: tuple[Branch, ...] = ("first", "last", "none")
_FILLS: tuple[Fill, ...] = ("word", "blank", "opener")


@dataclass(eq=False)
class Source:
    """``path`` counts from the tree, ``name`` from the root that the file belongs to.

    ``sls`` is the state file name, None for anything that is no state or settings file.
    """

    path: str
    name: str
    text: str
    sls: str | None
    states: bool
    outliner: Outliner = field(repr=False)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def line(self, number: int) -> str:
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else ""

    def place(self, at: At, word: str) -> At:
        """Return a place with the column at which a word stands on its line."""
        if at.line is None or at.column is not None:
            return at
        return self.word(at.line, word)

    def word(self, line: int, word: str) -> At:
        """Return the place of a word on a line."""
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.line(line))
        return At(self.path, line, found.start() + 1 if found else None)

    @cached_property
    def _starts(self) -> list[int]:
        starts, offset = [], 0
        for line in self.lines:
            starts.append(offset)
            offset += len(line) + 1
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of a character of the text."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    @cached_property
    def jinja(self) -> bool:
        try:
            return has_jinja(self.text) and uses_jinja(self.text, self.path)
        except SourceError:
            return False

    @cached_property
    def _inspected(self) -> tuple[TemplateUses, Variant] | None:
        return self.outliner.inspect(self.text, self.name) if self.jinja else None

    @property
    def uses(self) -> TemplateUses:
        """What the template names; nothing when it is no template."""
        return self._inspected[0] if self._inspected else TemplateUses()

    @cached_property
    def outlines(self) -> dict[Branch, Outline]:
        """The shapes of a state or settings file, by which branches are taken.

        With Jinja, ``none`` holds only what is there whatever the conditions say.
        """
        if not self.jinja:
            whole = Rendered(self.text, (Segment(0, self.path, 1, True),))
            return dict.fromkeys(_BRANCHES, read_outline(whole))
        if self._inspected is None:
            return {}
        uses, variant = self._inspected
        inline = any(reference.inline for reference in uses.references)
        known: dict[str, Outline] = {}
        return {branch: _readable(variant, branch, inline, known) for branch in _BRANCHES}

    def shapes(self) -> list[Outline]:
        """Return the different shapes, without those that say the same."""
        return list({id(outline): outline for outline in self.outlines.values()}.values())

    @cached_property
    def prose(self) -> frozenset[int]:
        """Lines within texts of several lines, which are no YAML themselves."""
        found: set[int] = set()
        for outline in self.shapes():
            text, root = outline.rendered.text, outline.root
            for _, scalar in scalars(root):
                written = text[scalar.start : scalar.end].rstrip()
                if "\n" in written:
                    first = outline.at(scalar.start).line or 1
                    last = outline.at(scalar.start + len(written) - 1).line or first
                    found.update(range(first + 1, last + 1))
        return frozenset(found)

    @cached_property
    def data(self) -> Node | None:
        """The nodes of a data file without Jinja."""
        return None if self.jinja else read_nodes(self.text)


def _readable(variant: Variant, branch: Branch, inline: bool, known: dict[str, Outline]) -> Outline:
    """Return the first of a branch's shapes that is YAML, else the first."""
    first: Outline | None = None
    for fill in _FILLS:
        rendered = variant(branch, fill)
        outline = known.get(rendered.text)
        if outline is None:
            # Where an expression stands for more than a word, whatever it gives is not seen.
            outline = read_outline(rendered, dynamic=inline or fill != "word")
            known[rendered.text] = outline
        if outline.root is not None:
            return outline
        first = first or outline
    return first or read_outline(variant(branch, "word"), dynamic=True)
