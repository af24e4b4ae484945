"""What the time a regular expression takes depends on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from zester.dataclass import dataclass
from zester.templating.regexes.automaton import Automaton, read
from zester.templating.regexes.components import components

MAX_PAIRS = 200_000
MAX_CHOICES = 24
MAX_CHAINS = 500
ANYWHERE = frozenset((-1,))
"""Stands for the loop over a text that looks for a place to begin."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Loops in a row that can share the same characters out among them in many ways.

    The time grows with the length of a run of ``characters`` to the power of ``power``.
    """

    power: int
    characters: int
    loops: frozenset[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Shape:
    """``exponential``: the time can double with each character. ``chains``: see Chain."""

    exponential: bool
    chains: tuple[Chain, ...]


@lru_cache(maxsize=256)
def shape(pattern: str, flags: int, search: bool) -> Shape:
    """Return what a pattern's time depends on; raises ValueError."""
    automaton, starts = read(pattern, flags)
    loops = [group for group in components(automaton.follow) if _is_loop(automaton, group)]
    exponential = (
        automaton.ambiguous
        or automaton.choices > MAX_CHOICES
        or any(_is_ambiguous(automaton, loop) for loop in loops)
    )
    chains = () if exponential else _chains(automaton, loops, starts if search else frozenset())
    return Shape(exponential or len(chains) > MAX_CHAINS, chains)


def _is_loop(automaton: Automaton, group: frozenset[int]) -> bool:
    return any(target in group for source in group for target in automaton.follow[source])


def _is_ambiguous(automaton: Automaton, loop: frozenset[int]) -> bool:
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


def _chains(
    automaton: Automaton, loops: list[frozenset[int]], starts: frozenset[int]
) -> tuple[Chain, ...]:
    waiting: list[tuple[frozenset[int], Chain]] = []
    for loop in loops:
        inside = automaton.union(loop)
        waiting.append((loop, Chain(1, inside, frozenset((loop,)))))
        begun = {start for start in starts if automaton.sets[start] & inside}
        if loop & (begun | _reached(automaton, begun, inside)):
            waiting.append((loop, Chain(2, inside, frozenset((ANYWHERE, loop)))))
    found: set[Chain] = set()
    while waiting and len(found) <= MAX_CHAINS:
        last, chain = waiting.pop()
        if chain in found:
            continue
        found.add(chain)
        reached = _reached(automaton, last, chain.characters)
        for loop in loops:
            common = chain.characters & automaton.union(loop)
            if loop not in chain.loops and common and loop & reached:
                waiting.append((loop, Chain(chain.power + 1, common, chain.loops | {loop})))
    many = {chain for chain in found if chain.power > 1}
    return tuple(many) if len(found) <= MAX_CHAINS else tuple(found)


def _reached(automaton: Automaton, origin: Iterable[int], characters: int) -> set[int]:
    """Return the positions that can be reached from others over these characters."""
    reached: set[int] = set()
    waiting = list(origin)
    while waiting:
        for target in automaton.follow[waiting.pop()]:
            if target not in reached and automaton.sets[target] & characters:
                reached.add(target)
                waiting.append(target)
    return reached
