"""How long a regular expression may search, judged before it does.

Python's engine tries one way after the other and cannot be interrupted. Two things make that hang:
a loop that can match the same text in several ways (``(a+)+``: time doubles with each character),
and several loops in a row over the same characters (``.*.*.*``: time grows with a power of the
length). Both are read off the pattern's automaton: one position for each character it consumes,
and which position may follow which, in how many ways.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from math import factorial
from re import _parser as parser  # type: ignore[attr-defined]  # the only reader of patterns there is

from zester.targeting.value import Value
from zester.templating.regexes.components import components

MAX_STEPS = 1_000_000_000
SHORT_TEXT = 20
"""Length up to which doubling with each character is affordable."""

MAX_POSITIONS = 400
MAX_PAIRS = 200_000
MAX_CHOICES = 24
FEW = 4
"""Repeats up to this often count as options, not as loops."""

_ALPHABET = "".join(map(chr, range(128))) + "éßЖ中\u00a0\u2028"
_ALL = (1 << len(_ALPHABET)) - 1
_OTHERS = _ALL ^ ((1 << 128) - 1)
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

Edges = Mapping[int, Iterable[int]]


@dataclass(frozen=True, slots=True)
class Shape:
    """``exponential``: some loop is ambiguous. ``powers``: degree → the characters (as a set of
    places in the alphabet) that loops in a row have in common."""

    exponential: bool
    powers: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of a pattern: the positions it starts and ends with, whether it may be empty."""

    first: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    empty: bool = True


@dataclass(slots=True)
class _Automaton:
    flags: int
    choices: int = 0
    ambiguous: bool = False
    sets: list[int] = field(default_factory=list)
    follow: dict[int, dict[int, int]] = field(default_factory=dict)

    def position(self, characters: int) -> _Part:
        number = len(self.sets)
        if number == MAX_POSITIONS:
            raise ValueError(f"a regular expression of more than {MAX_POSITIONS} positions")
        self.sets.append(characters)
        self.follow[number] = {}
        return _Part(frozenset((number,)), frozenset((number,)), False)

    def connect(self, sources: Iterable[int], targets: Iterable[int]) -> None:
        for source in sources:
            ways = self.follow[source]
            for target in targets:
                ways[target] = ways.get(target, 0) + 1

    def sequence(self, items: Iterable[tuple[Value, Value]], often: int) -> _Part:
        whole = _Part()
        for code, value in items:
            part = self.item(str(code), value, often)
            self.connect(whole.last, part.first)
            whole = _Part(
                whole.first | part.first if whole.empty else whole.first,
                whole.last | part.last if part.empty else part.last,
                whole.empty and part.empty,
            )
        return whole

    def item(self, code: str, value: Value, often: int) -> _Part:
        if code == "SUBPATTERN":
            return self.sequence(value[3], often)
        if code == "ATOMIC_GROUP":
            return self.sequence(value, often)
        if code in _REPEATS:
            least, most, body = value
            return self.repeat(least, most, body, often)
        if code in ("BRANCH", "GROUPREF_EXISTS"):
            branches = value[1] if code == "BRANCH" else value[1:]
            return self.branch([branch or () for branch in branches], often)
        if code in _LOOKS:
            self.sequence(value[1], often)
            return _Part()
        return _Part() if code == "AT" else self.position(self.characters(code, value))

    def branch(self, branches: Iterable[Iterable[tuple[Value, Value]]], often: int) -> _Part:
        parts = [self.sequence(branch, often) for branch in branches]
        seen, overlap = 0, 0
        for part in parts:
            starts = self.union(part.first)
            overlap |= seen & starts
            seen |= starts
        self.choices += bool(overlap)
        return _Part(
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
            any(part.empty for part in parts),
        )

    def repeat(self, least: int, most: int, body: Value, often: int) -> _Part:
        endless = most == parser.MAXREPEAT
        part = self.sequence(body, often if endless else often * max(int(most), 1))
        if endless or int(most) * often > FEW:
            self.connect(part.last, part.first)
            self.ambiguous = self.ambiguous or (part.empty and not endless and int(most) > 1)
        elif least == 0:
            self.choices += 1
        return _Part(part.first, part.last, part.empty or least == 0)

    def union(self, positions: Iterable[int]) -> int:
        characters = 0
        for position in positions:
            characters |= self.sets[position]
        return characters

    def characters(self, code: str, value: Value) -> int:
        if code == "ANY":
            return _ALL if self.flags & re.DOTALL else _ALL ^ (1 << 10)
        if code == "LITERAL":
            return self.range(value, value)
        if code == "NOT_LITERAL":
            return _ALL ^ self.range(value, value)
        if code == "RANGE":
            return self.range(*value)
        if code == "CATEGORY":
            return _category(str(value))
        if code == "IN":
            inside = 0
            for kind, item in value:
                inside |= self.characters(str(kind), item) if str(kind) != "NEGATE" else 0
            negated = bool(value) and str(value[0][0]) == "NEGATE"
            return _ALL ^ inside if negated else inside
        return _ALL  # a back-reference: anything

    def range(self, low: int, high: int) -> int:
        inside = _OTHERS if high > 127 else 0
        for code in range(low, min(high, 127) + 1):
            inside |= 1 << code
            if self.flags & re.IGNORECASE and chr(code).isalpha():
                inside |= 1 << (code ^ 32)
        return inside


def check_pattern(pattern: str, flags: int, text: str, *, search: bool) -> None:
    """Refuse a pattern that may go over a text without end; raises ValueError."""
    if len(text) <= SHORT_TEXT:
        return
    shape = _shape(pattern, flags)
    if shape.exponential:
        raise ValueError(
            f"{pattern!r} repeats what repeats itself: on a text longer than {SHORT_TEXT} "
            "characters it may search without end"
        )
    for degree, characters in shape.powers.items():
        power = degree + search
        run = _longest_run(text, characters)
        if power > 1 and run**power // factorial(power) > MAX_STEPS:
            raise ValueError(
                f"{pattern!r} repeats the same characters {degree} times in a row: on "
                f"{run} of them it may search without end"
            )


def _longest_run(text: str, characters: int) -> int:
    table = bytes(bool(characters >> code & 1) for code in range(128)) + bytes(128)
    if characters & _OTHERS:  # what is not ASCII arrives as a question mark
        table = table[: ord("?")] + b"\1" + table[ord("?") + 1 :]
    marks = text.encode("ascii", "replace").translate(table)
    return max(map(len, marks.split(b"\0")))


@lru_cache(maxsize=64)
def _category(name: str) -> int:
    pattern = _CATEGORIES.get(name)
    if pattern is None:
        return _ALL
    return sum(1 << place for place, char in enumerate(_ALPHABET) if pattern.match(char))


@lru_cache(maxsize=256)
def _shape(pattern: str, flags: int) -> Shape:
    try:
        tree = parser.parse(pattern, flags)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
    automaton = _Automaton(tree.state.flags | flags)
    automaton.sequence(tree, 1)
    loops = [group for group in components(automaton.follow) if _is_loop(automaton, group)]
    exponential = (
        automaton.ambiguous
        or automaton.choices > MAX_CHOICES
        or any(_is_ambiguous(automaton, loop) for loop in loops)
    )
    return Shape(exponential, _powers(automaton, loops))


def _is_loop(automaton: _Automaton, group: frozenset[int]) -> bool:
    return any(target in group for source in group for target in automaton.follow[source])


def _is_ambiguous(automaton: _Automaton, loop: frozenset[int]) -> bool:
    """Return whether a way through a loop and back has a second one over the same characters."""
    ways = {source: [t for t in automaton.follow[source] if t in loop] for source in loop}
    if any(automaton.follow[source][target] > 1 for source in loop for target in ways[source]):
        return True
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    waiting = [(position, position) for position in loop]
    steps = 0
    while waiting:
        pair = waiting.pop()
        if pair in pairs:
            continue
        steps += len(ways[pair[0]]) * len(ways[pair[1]])
        if steps > MAX_PAIRS:
            return True
        pairs[pair] = [
            (one, other)
            for one in ways[pair[0]]
            for other in ways[pair[1]]
            if automaton.sets[one] & automaton.sets[other]
        ]
        waiting.extend(pairs[pair])
    if all(one == other for one, other in pairs):
        return False
    numbers = {pair: number for number, pair in enumerate(pairs)}
    graph = {numbers[pair]: [numbers[item] for item in after] for pair, after in pairs.items()}
    same = {number for (one, other), number in numbers.items() if one == other}
    return any(group & same and group - same for group in components(graph))


def _powers(automaton: _Automaton, loops: list[frozenset[int]]) -> dict[int, int]:
    """Follow loops that come one after the other with nothing else between them."""
    powers: dict[int, int] = {}
    waiting = [(loop, automaton.union(loop), 1) for loop in loops]
    seen: set[tuple[frozenset[int], int, int]] = set()
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        loop, characters, degree = state
        powers[degree] = powers.get(degree, 0) | characters
        if len(seen) > MAX_PAIRS // MAX_POSITIONS:
            return {**powers, len(loops): _ALL}
        reached = _reached(automaton, loop, characters)
        for after in loops:
            common = characters & automaton.union(after)
            if after is not loop and common and after & reached:
                waiting.append((after, common, degree + 1))
    return powers


def _reached(automaton: _Automaton, loop: frozenset[int], characters: int) -> set[int]:
    """Return the positions behind a loop that can be reached over these characters."""
    reached: set[int] = set()
    waiting = list(loop)
    while waiting:
        for target in automaton.follow[waiting.pop()]:
            if target not in reached and automaton.sets[target] & characters:
                reached.add(target)
                waiting.append(target)
    return reached
