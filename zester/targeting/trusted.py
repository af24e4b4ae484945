"""Does an expression believe what nodes say of themselves?"""

from __future__ import annotations

from collections.abc import Mapping

from zester.errors import TargetError
from zester.targeting.expression import (
    AddressMatch,
    And,
    DataMatch,
    Expression,
    GroupMatch,
    Not,
    Or,
)
from zester.targeting.parser import parse_target


def asks_facts(expression: Expression, groups: Mapping[str, str]) -> bool:
    """Return whether facts or addresses count, also by way of node groups.

    Ids and labels are what masters vouch for; facts are reported by the node itself.
    """
    return _asks(expression, groups, ())


def _asks(expression: Expression, groups: Mapping[str, str], seen: tuple[str, ...]) -> bool:
    if isinstance(expression, And | Or):
        return any(_asks(operand, groups, seen) for operand in expression.operands)
    if isinstance(expression, Not):
        return _asks(expression.operand, groups, seen)
    if isinstance(expression, DataMatch):
        return expression.source == "facts"
    if isinstance(expression, GroupMatch):
        text = groups.get(expression.name)
        if text is None or expression.name in seen:
            return False
        try:
            return _asks(parse_target(text), groups, (*seen, expression.name))
        except TargetError:
            return False  # a group that does not parse matches nobody
    return isinstance(expression, AddressMatch)
