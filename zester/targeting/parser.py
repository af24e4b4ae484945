"""Text → Expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from ipaddress import ip_network

from zester.errors import At
from zester.targeting.expression import (
    AddressMatch,
    And,
    Comparison,
    DataMatch,
    Expression,
    GroupMatch,
    IdList,
    IdMatch,
    Not,
    Or,
    Source,
)
from zester.targeting.ranges import parse_range
from zester.targeting.tokens import TargetText, Token, tokenize

MAX_LENGTH = 64 * 1024
MAX_DEPTH = 100

_KEPT, _SHORT = 64, 4096
"""How many expressions are kept that were parsed, and how long one may be for that."""

_DELIMITED = re.compile(r"([GPIJ])([^\w\s@])@")

Leaf = Callable[[TargetText, str, int], Expression]
"""Builds a leaf from the expression it stands in, its own text and the text's column."""


def parse_target(text: str, *, kind: str = "compound", at: At | None = None) -> Expression:
    """Parse a target; raises TargetError that points at the column.

    ``kind`` is a matcher name of top files (``glob``, ``grain``, ``pillar_pcre``, …), by default
    the compound grammar; ``at`` is where the expression was written, for errors.
    """
    if at is None and len(text) <= _SHORT:
        return _parse_again(text, kind)
    return _parse(text, kind, at)


@lru_cache(maxsize=_KEPT)
def _parse_again(text: str, kind: str) -> Expression:
    return _parse(text, kind, None)


def _parse(text: str, kind: str, at: At | None) -> Expression:
    source = TargetText(text, at)
    if len(text) > MAX_LENGTH:
        raise TargetText(text[:60], at).error("target expression too long", 1)
    if kind == "compound":
        return _Parser(source, tokenize(source)).parse()
    leaf = KINDS.get(kind)
    if leaf is None:
        known = ", ".join(["compound", *KINDS])
        raise source.error(f"unknown kind of match {kind!r}", 1, f"known kinds: {known}")
    return leaf(source, text, 1)


def _id(comparison: Comparison, source: TargetText, text: str, column: int) -> Expression:
    _check(source, text, column, comparison)
    return IdMatch(text, comparison)


def _data(
    origin: Source, comparison: Comparison, source: TargetText, text: str, column: int
) -> Expression:
    if origin == "labels":
        text = text.replace("=", ":", 1)
    elif text.count(":") > MAX_DEPTH:
        raise source.error(f"a path of more than {MAX_DEPTH} keys", column)
    elif ":" not in text:
        raise source.error(
            f"{text!r} has no value to compare with", column, "write key:pattern, e.g. os:Debian"
        )
    _check(source, text, column, comparison)
    return DataMatch(origin, text, comparison)


def _ids(source: TargetText, text: str, column: int) -> Expression:
    ids = frozenset(part.strip() for part in text.split(",") if part.strip())
    if not ids:
        raise source.error("an empty list of nodes", column, "write L@one,two")
    return IdList(ids)


def _address(source: TargetText, text: str, column: int) -> Expression:
    try:
        return AddressMatch(ip_network(text, strict=False))
    except ValueError as error:
        raise source.error(
            f"{text!r} is not an address or network", column, "write S@10.0.0.0/8"
        ) from error


def _group(source: TargetText, text: str, column: int) -> Expression:
    if not text:
        raise source.error("a node group without a name", column)
    return GroupMatch(text)


def _check(source: TargetText, text: str, column: int, comparison: Comparison) -> None:
    if not text:
        raise source.error("nothing to compare with", column)
    if comparison == "regex":
        try:
            re.compile(text)
        except re.error as error:
            raise source.error(
                f"not a regular expression: {error.msg}", column + (error.pos or 0)
            ) from error


PREFIXES: Mapping[str, Leaf] = {
    "G@": partial(_data, "facts", "glob"),
    "P@": partial(_data, "facts", "regex"),
    "I@": partial(_data, "settings", "glob"),
    "J@": partial(_data, "settings", "regex"),
    "E@": partial(_id, "regex"),
    "L@": _ids,
    "S@": _address,
    "R@": parse_range,
    "N@": _group,
    "label:": partial(_data, "labels", "glob"),
}

KINDS: Mapping[str, Leaf] = {
    "glob": partial(_id, "glob"),
    "pcre": partial(_id, "regex"),
    "list": _ids,
    "grain": partial(_data, "facts", "glob"),
    "grain_pcre": partial(_data, "facts", "regex"),
    "fact": partial(_data, "facts", "glob"),
    "fact_pcre": partial(_data, "facts", "regex"),
    "pillar": partial(_data, "settings", "glob"),
    "pillar_pcre": partial(_data, "settings", "regex"),
    "pillar_exact": partial(_data, "settings", "exact"),
    "setting": partial(_data, "settings", "glob"),
    "label": partial(_data, "labels", "glob"),
    "ipcidr": _address,
    "nodegroup": _group,
    "range": parse_range,
}


class _Parser:
    """Recursive descent; ``not`` binds tighter than ``and``, ``and`` tighter than ``or``."""

    def __init__(self, source: TargetText, tokens: tuple[Token, ...]) -> None:
        self._source = source
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def parse(self) -> Expression:
        if not self._tokens:
            raise self._source.error("empty target", 1, "'*' means every node")
        expression = self._or()
        token = self._peek()
        if token is not None:
            if token.kind == ")":
                raise self._source.error("a bracket is closed that was never opened", token.column)
            raise self._source.error(
                f"expected 'and' or 'or' before {token.text!r}",
                token.column,
                "quote a value that contains spaces",
            )
        return expression

    def _or(self) -> Expression:
        operands = self._chain("or", self._and)
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _and(self) -> Expression:
        operands = self._chain("and", self._not)
        while self._is("not"):  # "web* not db*": Salt reads an "and" before it
            operands += self._chain("and", self._not)
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _chain(self, word: str, operand: Callable[[], Expression]) -> list[Expression]:
        operands = [operand()]
        while self._take(word):
            operands.append(operand())
        return operands

    def _not(self) -> Expression:
        negations = 0
        while self._take("not"):
            negations += 1
        operand = self._operand()
        return Not(operand) if negations % 2 else operand

    def _operand(self) -> Expression:
        token = self._peek()
        if token is None:
            raise self._source.error(
                "the target ends too early", len(self._source.text) + 1, "something must follow"
            )
        self._next += 1
        if token.kind == "(":
            return self._group(token)
        if token.kind == ")" or (token.text in ("and", "or") and not token.quoted):
            raise self._source.error(f"expected a target before {token.text!r}", token.column)
        return self._leaf(token)

    def _group(self, opening: Token) -> Expression:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._source.error("brackets nested too deeply", opening.column)
        expression = self._or()
        self._depth -= 1
        closing = self._peek()
        if closing is None:
            raise self._source.error("this bracket is never closed", opening.column)
        if closing.kind != ")":
            raise self._source.error(
                f"expected 'and', 'or' or ')' before {closing.text!r}", closing.column
            )
        self._next += 1
        return expression

    def _leaf(self, token: Token) -> Expression:
        for prefix, leaf in PREFIXES.items():
            if token.text.startswith(prefix):
                rest = token.text[len(prefix) :]
                return leaf(self._source, rest, token.column + len(prefix))
        delimited = _DELIMITED.match(token.text)
        if delimited is not None:  # "G|@os|Debian": a delimiter of one's own for what has colons
            text = token.text[3:].replace(delimited[2], ":")
            return PREFIXES[f"{delimited[1]}@"](self._source, text, token.column + 3)
        if token.text[1:2] == "@":
            known = " ".join(PREFIXES)
            raise self._source.error(
                f"unknown matcher {token.text[:2]!r}", token.column, f"known: {known}"
            )
        if ":" in token.text:
            return _data("facts", "glob", self._source, token.text, token.column)
        return _id("glob", self._source, token.text, token.column)

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _is(self, word: str) -> bool:
        token = self._peek()
        return token is not None and (token.kind, token.text, token.quoted) == ("word", word, False)

    def _take(self, word: str) -> bool:
        if not self._is(word):
            return False
        self._next += 1
        return True
