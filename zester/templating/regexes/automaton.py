"""Which character of a text a regular expression can consume after which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from re import _parser as parser  # type: ignore[attr-defined]  # the only reader of patterns there is
from typing import TypeAlias

from zester.dataclass import dataclass
from zester.targeting.value import Value

MAX_POSITIONS = 2000
MAX_EDGES = 200_000
FEW = 4
"""Repeats up to this often are written out, others are loops."""

ALPHABET = "".join(map(chr, range(128))) + "éßЖ中\u00a0\u2028"
ALL = (1 << len(ALPHABET)) - 1
OTHERS = ALL ^ ((1 << 128) - 1)
"""Sets of characters are the bits of a number, by their place in the alphabet; a few letters
stand for all that is not ASCII."""

_CATEGORIES: Mapping[str, re.Pattern[str]] = {
    "CATEGORY_DIGIT": re.compile(r"\d"),
    "CATEGORY_NOT_DIGIT": re.compile(r"\D"),
    "CATEGORY_SPACE": re.compile(r"\s"),
    "CATEGORY_NOT_SPACE": re.compile(r"\S"),
    "CATEGORY_WORD": re.compile(r"\w"),
    "CATEGORY_NOT_WORD": re.compile(r"\W"),
}
_LOOKS = ("ASSERT", "ASSERT_NOT")
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_STARTS = ("AT_BEGINNING", "AT_BEGINNING_STRING")

Items: TypeAlias = Iterable[tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern: the positions it starts and ends with, whether it may be empty."""

    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    empty: bool = True


@dataclass(slots=True)
class Automaton:
    flags: int
    edges: int = 0
    choices: int = 0
    """How many options and overlapping alternatives there are."""

    blanks: int = 0
    """How many parts can match nothing in two ways."""

    ambiguous: bool = False
    """Some loop goes round in two ways over nothing."""

    sets: list[int] = field(default_factory=list)
    follow: dict[int, dict[int, int]] = field(default_factory=dict)

    def position(self, characters: int) -> Part:
        number = len(self.sets)
        if number == MAX_POSITIONS:
            raise ValueError(f"a regular expression of more than {MAX_POSITIONS} positions")
        self.sets.append(characters)
        self.follow[number] = {}
        return Part(frozenset((number,)), frozenset((number,)), False)

    def connect(self, sources: Iterable[int], targets: Iterable[int]) -> None:
        for source in sources:
            ways = self.follow[source]
            for target in targets:
                ways[target] = ways.get(target, 0) + 1
                self.edges += 1
        if self.edges > MAX_EDGES:
            raise ValueError("a regular expression with too many alternatives in a row")

    def sequence(self, items: Items) -> Part:
        whole = Part()
        for code, value in items:
            whole = self.joined(whole, self.item(str(code), value))
        return whole

    def joined(self, one: Part, other: Part) -> Part:
        self.connect(one.last, other.first)
        return Part(
            one.first | other.first if one.empty else one.first,
            one.last | other.last if other.empty else other.last,
            one.empty and other.empty,
        )

    def item(self, code: str, value: Value) -> Part:
        if code == "SUBPATTERN":
            return self.sequence(value[3])
        if code == "ATOMIC_GROUP":
            return self.sequence(value)
        if code in _REPEATS:
            least, most, body = value
            return self.repeat(least, most, body)
        if code in ("BRANCH", "GROUPREF_EXISTS"):
            branches = value[1] if code == "BRANCH" else value[1:]
            return self.branch([branch or () for branch in branches])
        if code in _LOOKS:
            self.sequence(value[1])
            return Part()
        return Part() if code == "AT" else self.position(self.characters(code, value))

    def branch(self, branches: Iterable[Items]) -> Part:
        parts = [self.sequence(branch) for branch in branches]
        seen, overlap = 0, 0
        for part in parts:
            starts = self.union(part.first)
            overlap |= seen & starts
            seen |= starts
        self.choices += bool(overlap)
        self.blanks += sum(part.empty for part in parts) > 1
        return Part(
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
            any(part.empty for part in parts),
        )

    def repeat(self, least: int, most: int, body: Items) -> Part:
        """A repeat of few times becomes that many copies, any other a loop."""
        blanks = self.blanks
        if most > FEW:
            part = self.sequence(body)
            self.connect(part.last, part.first)
            endless = most == parser.MAXREPEAT
            self.ambiguous |= self.blanks > blanks or (part.empty and not endless)
            self.blanks += part.empty and least == 0
            return Part(part.first, part.last, part.empty or least == 0)
        whole = Part()
        for count in range(int(most)):
            part = self.sequence(body)
            if count >= least:
                self.choices += 1
                self.blanks += part.empty
                part = Part(part.first, part.last, True)
            whole = self.joined(whole, part)
        return whole

    def union(self, positions: Iterable[int]) -> int:
        characters = 0
        for position in positions:
            characters |= self.sets[position]
        return characters

    def characters(self, code: str, value: Value) -> int:
        if code == "ANY":
            return ALL if self.flags & re.DOTALL else ALL ^ (1 << 10)
        if code == "LITERAL":
            return self.range(value, value)
        if code == "NOT_LITERAL":
            return ALL ^ self.range(value, value)
        if code == "RANGE":
            return self.range(*value)
        if code == "CATEGORY":
            return _category(str(value))
        if code == "IN":
            inside = 0
            for kind, item in value:
                inside |= self.characters(str(kind), item) if str(kind) != "NEGATE" else 0
            negated = bool(value) and str(value[0][0]) == "NEGATE"
            return ALL ^ inside if negated else inside
        return ALL  # a back-reference: anything

    def range(self, low: int, high: int) -> int:
        inside = OTHERS if high > 127 else 0
        for code in range(low, min(high, 127) + 1):
            inside |= 1 << code
            if self.flags & re.IGNORECASE and chr(code).isalpha():
                inside |= 1 << (code ^ 32)
        return inside


def _category(name: str) -> int:
    pattern = _CATEGORIES.get(name)
    if pattern is None:
        return ALL
    return sum(1 << place for place, char in enumerate(ALPHABET) if pattern.match(char))


def read(pattern: str, flags: int) -> tuple[Automaton, frozenset[int]]:
    """Return the automaton of a pattern and the positions it can start with anywhere in a text.

    Raises ValueError.
    """
    try:
        tree = parser.parse(pattern, flags)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    automaton = Automaton(tree.state.flags | flags)
    whole = automaton.sequence(tree)
    anchored = bool(tree) and str(tree[0][1]) in _STARTS and not automaton.flags & re.MULTILINE
    return automaton, frozenset() if anchored else whole.first
