"""Does a node match an expression?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, ip_address

from zester.errors import TargetError
from zester.targeting.expression import (
    AddressMatch,
    And,
    Comparison,
    DataMatch,
    Expression,
    GroupMatch,
    IdList,
    IdMatch,
    IdRange,
    Not,
    Or,
)
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value

ADDRESS_FACTS = ("ipv4", "ipv6", "network:ipv4", "network:ipv6", "default_ipv4")


def match(expression: Expression, node: NodeView) -> bool:
    """Return whether the node is meant; pure.

    Raises TargetError when a node group's own expression does not parse or contains itself.
    """
    return _match(expression, node, ())


def _match(expression: Expression, node: NodeView, groups: tuple[str, ...]) -> bool:
    if isinstance(expression, And):
        return all(_match(operand, node, groups) for operand in expression.operands)
    if isinstance(expression, Or):
        return any(_match(operand, node, groups) for operand in expression.operands)
    if isinstance(expression, Not):
        return not _match(expression.operand, node, groups)
    if isinstance(expression, IdMatch):
        if expression.comparison == "regex":
            return re.match(expression.pattern, node.id) is not None
        return fnmatchcase(node.id, expression.pattern)
    if isinstance(expression, IdList):
        return node.id in expression.ids
    if isinstance(expression, IdRange):
        return in_range(expression, node.id)
    if isinstance(expression, AddressMatch):
        return any(address in expression.network for address in addresses(node))
    if isinstance(expression, GroupMatch):
        return _in_group(expression.name, node, groups)
    return match_data(_data(expression, node), expression.text, expression.comparison)


def in_range(expression: IdRange, node: str) -> bool:
    """Return whether an id is one of those that a range counts."""
    before, after = expression.before, expression.after
    if len(node) <= len(before) + len(after):
        return False
    digits = node[len(before) : len(node) - len(after)]
    if not (node.startswith(before) and node.endswith(after) and digits.isascii()):
        return False
    if not digits.isdigit() or len(digits) > 18:
        return False
    number = int(digits)
    written = digits == f"{number:0{expression.width}d}"
    return written and expression.first <= number <= expression.last


def _data(expression: DataMatch, node: NodeView) -> Mapping[str, Value]:
    if expression.source == "facts":
        return node.facts
    return node.settings if expression.source == "settings" else node.labels


def _in_group(name: str, node: NodeView, groups: tuple[str, ...]) -> bool:
    if name in groups:
        raise TargetError(f"node group {name!r} contains itself: {' → '.join([*groups, name])}")
    text = node.groups.get(name)
    return text is not None and _match(parse_target(text), node, (*groups, name))


def match_data(data: Mapping[str, Value], text: str, comparison: Comparison) -> bool:
    """Return whether data has a value that ``path:pattern`` means, or anything at ``path``."""
    if ":" not in text:
        return lookup(data, text, MISSING) is not MISSING
    return _Walk(comparison).path(data, text)


class _Walk:
    """One search through data; what led nowhere is not searched again, however often ``*`` asks."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._tried: set[tuple[str, int, int]] = set()

    def path(self, data: Mapping[str, Value], text: str) -> bool:
        """Whether a path leads to a value that the rest of the text means."""
        parts = text.split(":")
        if parts[0] == "*":
            return self._mapping(data, text)
        if not self._is_new("path", data, text):
            return False
        for border in range(len(parts) - 1, 0, -1):
            value = lookup(data, ":".join(parts[:border]), MISSING)
            if value is not MISSING and self._value(value, ":".join(parts[border:])):
                return True
        return False

    def _value(self, value: Value, pattern: str) -> bool:
        if self._comparison == "glob" and pattern == "*":
            return value not in ([], {})  # as in Salt, nothing in it is nothing to match
        if isinstance(value, Mapping):
            return self._mapping(value, pattern)
        if isinstance(value, list | tuple | set | frozenset):
            return any(self._member(item, pattern) for item in value)
        return _compare(value, pattern, self._comparison)

    def _member(self, item: Value, pattern: str) -> bool:
        if isinstance(item, Mapping):
            return self._mapping(item, pattern)
        return not isinstance(item, list | tuple) and _compare(item, pattern, self._comparison)

    def _mapping(self, data: Mapping[str, Value], pattern: str) -> bool:
        """A key matches; after ``*:`` also a path in the mapping or in what is one level below."""
        if not self._is_new("mapping", data, pattern):
            return False
        wild = pattern.startswith("*:")
        rest = pattern.removeprefix("*:") if wild else pattern
        if rest == "*" or any(_compare(key, rest, self._comparison) for key in data):
            return True
        if not wild:
            return False
        below = [value for value in data.values() if isinstance(value, Mapping)]
        if ":" in rest and any(self.path(mapping, rest) for mapping in (data, *below)):
            return True
        return any(self._value(value, rest) for value in data.values())

    def _is_new(self, what: str, data: Mapping[str, Value], text: str) -> bool:
        """All texts of a walk are ends of one, so that their length tells them apart."""
        key = (what, id(data), len(text))
        if key in self._tried:
            return False
        self._tried.add(key)
        return True


def _compare(value: Value, pattern: str, comparison: Comparison) -> bool:
    text = str(value)
    if comparison == "regex":
        return re.match(pattern, text, re.IGNORECASE) is not None
    if comparison == "exact":
        return text.lower() == pattern.lower()
    return fnmatchcase(text.lower(), pattern.lower())


def addresses(node: NodeView) -> Iterator[IPv4Address | IPv6Address]:
    """Yield the addresses that a node reports as its own."""
    for path in ADDRESS_FACTS:
        value = lookup(node.facts, path)
        for item in value if isinstance(value, list | tuple) else [value]:
            if isinstance(item, str):
                try:
                    yield ip_address(item.partition("/")[0])
                except ValueError:
                    continue
