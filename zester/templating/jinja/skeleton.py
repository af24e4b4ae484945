"""A template's text without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jinja2 import nodes

from zester.templating.origin import Rendered, Segment

WORD = "undefined"


def skeleton(template: nodes.Template, name: str, prefix: str, *, blank: bool) -> Rendered:
    """Return what a template always says: its text, a word for each expression, nothing for loops,
    conditions, macros and includes; positions as in a rendering.

    Each expression has a word of its own. With ``blank`` those that have a line for themselves,
    which may stand for many lines or none, leave it empty.
    """
    pieces = list(_pieces(template.body))
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
            text = "" if blank and _alone(texts, pieces[index + 1 :][:1]) else f"{WORD}{index}"
        segments.append(Segment(length, name, piece.lineno, literal))
        texts.append(text)
        length += len(text)
    return Rendered("".join(texts), segments or [Segment(0, name, 1, True)], prefix)


def _alone(before: Sequence[str], after: Sequence[nodes.Expr]) -> bool:
    line = before[-1].rpartition("\n")[2] if before else ""
    if line.strip():
        return False
    if not after:
        return True
    following = after[0]
    return isinstance(following, nodes.TemplateData) and (
        not following.data.partition("\n")[0].strip()
    )


def _pieces(body: Iterable[nodes.Node]) -> Iterator[nodes.Expr]:
    for node in body:
        if isinstance(node, nodes.Output):
            yield from node.nodes
        elif isinstance(node, nodes.If | nodes.For):
            yield from _pieces(node.else_)
        elif isinstance(node, nodes.With | nodes.Scope | nodes.ScopedEvalContextModifier):
            yield from _pieces(node.body)
