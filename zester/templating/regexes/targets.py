"""Regular expressions in targets that templates give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from zester.targeting.expression import And, DataMatch, Expression, IdMatch, Not, Or
from zester.targeting.node import NodeView
from zester.targeting.value import Value
from zester.templating.regexes.backtracking import check_pattern


def check_expression(expression: Expression, node: NodeView) -> None:
    """Refuse patterns that may go over the node's data without end; raises ValueError."""
    for leaf in _leaves(expression):
        if isinstance(leaf, IdMatch) and leaf.comparison == "regex":
            check_pattern(leaf.pattern, 0, node.id, search=False)
        elif isinstance(leaf, DataMatch) and leaf.comparison == "regex":
            data = node.facts if leaf.source == "facts" else node.settings
            path, _, pattern = leaf.text.partition(":")
            text = max(_texts(data.get(path)), key=len, default="")
            check_pattern(pattern, re.IGNORECASE, text, search=False)


def _leaves(expression: Expression) -> Iterator[Expression]:
    if isinstance(expression, And | Or):
        for operand in expression.operands:
            yield from _leaves(operand)
    elif isinstance(expression, Not):
        yield from _leaves(expression.operand)
    else:
        yield expression


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)
