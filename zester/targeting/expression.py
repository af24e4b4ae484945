"""The parsed form of a target expression."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from zester.dataclass import dataclass

Comparison = Literal["glob", "regex", "exact"]
Source = Literal["facts", "settings", "labels"]


@dataclass(frozen=True, slots=True)
class IdMatch:
    """``web*`` or ``E@web\\d+``: the node's id."""

    pattern: str
    comparison: Comparison = "glob"


@dataclass(frozen=True, slots=True)
class IdList:
    """``L@a,b,c``."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class IdRange:
    """``R@web01..20.example.com``: numbers between two texts, both ends meant.

    Numbers are written with at least ``width`` digits.
    """

    before: str
    first: int
    last: int
    width: int
    after: str


@dataclass(frozen=True, slots=True)
class DataMatch:
    """``G@os:Debian`` and relatives; ``text`` is ``path:pattern``, whose border only data shows."""

    source: Source
    text: str
    comparison: Comparison = "glob"


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """``S@10.0.0.0/8``."""

    network: IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class GroupMatch:
    """``N@frontends``."""

    name: str


@dataclass(frozen=True, slots=True)
class Not:
    operand: Expression


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple[Expression, ...]


Expression = IdMatch | IdList | IdRange | DataMatch | AddressMatch | GroupMatch | Not | And | Or


def needs_whole_node(expression: Expression) -> bool:
    """Whether only somebody who knows a node's settings or node groups can tell who is meant."""
    if isinstance(expression, And | Or):
        return any(needs_whole_node(operand) for operand in expression.operands)
    if isinstance(expression, Not):
        return needs_whole_node(expression.operand)
    if isinstance(expression, DataMatch):
        return expression.source == "settings"
    return isinstance(expression, GroupMatch)


def needs_data(expression: Expression) -> bool:
    """Whether the ids of nodes do not tell who is meant."""
    if isinstance(expression, And | Or):
        return any(needs_data(operand) for operand in expression.operands)
    if isinstance(expression, Not):
        return needs_data(expression.operand)
    return not isinstance(expression, IdMatch | IdList | IdRange)
