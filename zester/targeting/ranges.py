"""Text → Expression for ``R@``: ranges of node ids.

``web01..20.example.com`` counts, ``,`` joins, ``,-`` takes away, ``,&`` keeps what both sides
mean, ``/…/`` is a regular expression, ``%name`` a node group. Read from left to right.
"""

from __future__ import annotations

import re

from zester.targeting.expression import (
    And,
    Expression,
    GroupMatch,
    IdList,
    IdMatch,
    IdRange,
    Not,
    Or,
)
from zester.targeting.tokens import TargetText

MAX_PARTS = 1000

_COUNTED = re.compile(r"(.*?)(\d{1,9})\.\.(\d{1,9})(.*)")
_PART = re.compile(r"([-&]?)(/(?:[^/\\]|\\.)*/|[^,]*)(,|$)")


def parse_range(source: TargetText, text: str, column: int) -> Expression:
    """Parse what follows ``R@``; raises TargetError that points at the column."""
    found: Expression | None = None
    position = 0
    for _ in range(MAX_PARTS):
        part = _PART.match(text, position)
        if part is None:
            raise source.error("a comma must follow", column + position)
        operator, body, end = part.groups()
        operand = _operand(source, body, column + part.start(2))
        found = _join(found, operator, operand)
        if found is None:
            raise source.error("nothing to take from", column + position, "write R@a,-b")
        position = part.end()
        if not end:
            return found
    raise source.error(f"a range of more than {MAX_PARTS} parts", column)


def _join(found: Expression | None, operator: str, operand: Expression) -> Expression | None:
    if found is None:
        return operand if not operator else None
    if operator == "-":
        return And((found, Not(operand)))
    return And((found, operand)) if operator == "&" else Or((found, operand))


def _operand(source: TargetText, text: str, column: int) -> Expression:
    if not text:
        raise source.error("an empty part of a range", column, "write R@web01..20,db1")
    if text.startswith("/"):
        if len(text) < 2 or not text.endswith("/"):
            raise source.error("a / is never closed", column, "write R@/web.*/")
        try:
            re.compile(text[1:-1])
        except re.error as error:
            place = column + 1 + (error.pos or 0)
            raise source.error(f"not a regular expression: {error.msg}", place) from error
        return IdMatch(text[1:-1], "regex")
    if text.startswith("%"):
        return GroupMatch(text[1:])
    counted = _COUNTED.fullmatch(text)
    if counted is None:
        return IdList(frozenset((text,)))
    before, first, last, after = counted.groups()
    if int(first) > int(last):
        raise source.error(f"the range ends before it begins: {text!r}", column)
    width = len(first) if first.startswith("0") else 0
    return IdRange(before, int(first), int(last), width, after)
