"""A template's text without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Literal

from jinja2 import nodes

from zester.templating.origin import Rendered, Segment

WORD = "undefined"

Branch = Literal["last", "none", "first"]
"""Which part of a condition or loop is taken: the ``else`` (or last ``elif``), nothing, or the
body."""

Fill = Literal["word", "blank", "opener"]
"""What stands for an expression: a word of its own; or nothing, when it has a line for itself; or
what makes the following lines belong to it: ``word:`` on a line for itself, ``|`` as a value."""

VARIANTS: Sequence[tuple[Branch, Fill]] = tuple(
    product(("last", "none", "first"), ("word", "blank", "opener"))
)


def skeleton(
    template: nodes.Template, name: str, prefix: str, *, branch: Branch, fill: Fill
) -> Rendered:
    """Return one of the texts a template may give, without macros; positions as in a rendering.

    No single one proves anything: an expression may give many lines or none. What is wrong in the
    same place in all VARIANTS is wrong whatever the node.
    """
    pieces = list(_pieces(template.body, branch))
    texts: list[str] = []
    segments: list[Segment] = []
    length = 0
    for index, piece in enumerate(pieces):
        literal = isinstance(piece, nodes.TemplateData)
        if isinstance(piece, nodes.TemplateData):
            text = piece.data
        elif isinstance(piece, nodes.Const):
            text = str(piece.value)
        else:
            text = _filled(piece, f"{WORD}{index}", fill, texts, pieces[index + 1 :][:1])
        segments.append(Segment(length, name, piece.lineno, literal))
        texts.append(text)
        length += len(text)
    return Rendered("".join(texts), segments or [Segment(0, name, 1, True)], prefix)


def _filled(
    piece: nodes.Node, word: str, fill: Fill, before: Sequence[str], after: Sequence[nodes.Node]
) -> str:
    line = before[-1].rpartition("\n")[2] if before else ""
    ends_line = not after or (
        isinstance(after[0], nodes.TemplateData) and not after[0].data.partition("\n")[0].strip()
    )
    alone = ends_line and not line.strip()
    if fill == "opener":
        value = ends_line and line.rstrip() != line and line.rstrip().endswith((":", "-"))
        return f"{word}:" if alone else "|" if value else word
    if isinstance(piece, nodes.Include) or (alone and fill == "blank"):
        return ""
    return word


def _pieces(body: Iterable[nodes.Node], branch: Branch) -> Iterator[nodes.Node]:
    for node in body:
        if isinstance(node, nodes.Output):
            yield from node.nodes
        elif isinstance(node, nodes.Include):
            yield node
        elif isinstance(node, nodes.If | nodes.For):
            yield from _pieces(_taken(node, branch), branch)
        elif isinstance(node, nodes.With | nodes.Scope | nodes.ScopedEvalContextModifier) or (
            branch == "first" and isinstance(node, nodes.FilterBlock | nodes.CallBlock)
        ):
            yield from _pieces(node.body, branch)


def _taken(node: nodes.If | nodes.For, branch: Branch) -> list[nodes.Node]:
    if branch == "first":
        return node.body
    if branch == "none":
        return []
    if isinstance(node, nodes.If) and not node.else_ and node.elif_:
        return node.elif_[-1].body
    return node.else_
