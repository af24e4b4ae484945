"""How long a regular expression may search, judged before it does.

Python's engine tries one way after the other and cannot be interrupted. Two things make that hang:
a loop that can match the same text in several ways (``(a+)+``: time doubles with each character),
and several loops in a row over the same characters (``.*.*.*``: time grows with a power of the
length). Both are read off the pattern's automaton: one position for each character it consumes,
and which position may follow which, in how many ways.
"""

from __future__ import annotations

from math import factorial

from zester.templating.regexes.automaton import OTHERS
from zester.templating.regexes.shape import Chain, shape

MAX_STEPS = 20_000_000
SHORT_TEXT = 20
"""Length up to which doubling with each character is affordable."""


def check_pattern(pattern: str, flags: int, text: str, *, search: bool) -> None:
    """Refuse a pattern that may go over a text without end; raises ValueError."""
    if len(text) <= SHORT_TEXT:
        return
    found = shape(pattern, flags, search)
    if found.exponential:
        raise ValueError(
            f"{pattern!r} repeats what repeats itself: on a text longer than {SHORT_TEXT} "
            "characters it may search without end"
        )
    if found.chains and _steps(found.chains, text) > MAX_STEPS:
        raise ValueError(
            f"{pattern!r} can share the same characters out in too many ways: on this text of "
            f"{len(text)} characters it may search without end"
        )


def _steps(chains: tuple[Chain, ...], text: str) -> int:
    """Return about how many steps it takes to try all ways of all chains that go together."""
    runs = {chain: _longest_run(text, chain.characters) for chain in chains}
    costs = {chain: runs[chain] ** (chain.power - 1) // factorial(chain.power) for chain in chains}
    taken: set[frozenset[int]] = set()
    steps, longest = 1, 1
    for chain in sorted(chains, key=costs.__getitem__, reverse=True):
        if costs[chain] > 1 and taken.isdisjoint(chain.loops):
            taken |= chain.loops
            steps *= costs[chain]
            longest = max(longest, runs[chain])
    return steps * longest


def _longest_run(text: str, characters: int) -> int:
    table = bytes(bool(characters >> code & 1) for code in range(128)) + bytes(128)
    if characters & OTHERS:  # what is not ASCII arrives as a question mark
        table = table[: ord("?")] + b"\1" + table[ord("?") + 1 :]
    marks = text.encode("ascii", "replace").translate(table)
    return max(map(len, marks.split(b"\0")))
