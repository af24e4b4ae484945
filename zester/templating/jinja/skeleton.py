"""A template's text without running it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jinja2 import nodes

from zester.templating.origin import Rendered, Segment


def skeleton(template: nodes.Template, name: str, word: str, prefix: str) -> Rendered:
    """Return what a template always says: its text, ``word`` for each expression, nothing for
    loops, conditions, macros and includes; positions as in a rendering."""
    texts: list[str] = []
    segments: list[Segment] = []
    length = 0
    for piece in _pieces(template.body):
        literal = isinstance(piece, nodes.TemplateData)
        text = piece.data if isinstance(piece, nodes.TemplateData) else _constant(piece, word)
        segments.append(Segment(length, name, piece.lineno, literal))
        texts.append(text)
        length += len(text)
    return Rendered("".join(texts), segments or [Segment(0, name, 1, True)], prefix)


def _pieces(body: Iterable[nodes.Node]) -> Iterator[nodes.Expr]:
    for node in body:
        if isinstance(node, nodes.Output):
            yield from node.nodes
        elif isinstance(node, nodes.If | nodes.For):
            yield from _pieces(node.else_)
        elif isinstance(node, nodes.With | nodes.Scope | nodes.ScopedEvalContextModifier):
            yield from _pieces(node.body)


def _constant(expression: nodes.Expr, word: str) -> str:
    return str(expression.value) if isinstance(expression, nodes.Const) else word
