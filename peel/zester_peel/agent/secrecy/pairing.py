"""A low state beside its twin: what the same tree comes to when every secret is another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from zester.compiler.lowstate import LowChunk
from zester.compiler.requisites.accumulation import hand_over
from zester.compiler.secrecy.derived import derived_texts

Pair = tuple[LowChunk, LowChunk | None]
"""A state and its twin, None where the tree takes another way."""


def paired(ours: Sequence[LowChunk], theirs: Sequence[LowChunk]) -> list[Pair]:
    """Return each state, as a program has them, with what is called at the same place as often."""
    real, mask = _ordered(ours), _ordered(theirs)
    by_place: dict[tuple[str, ...], list[LowChunk]] = {}
    for chunk in mask:
        by_place.setdefault(_place(chunk), []).append(chunk)
    counts: dict[tuple[str, ...], int] = {}
    for chunk in real:
        counts[_place(chunk)] = counts.get(_place(chunk), 0) + 1
    seen: dict[tuple[str, ...], int] = {}
    pairs: list[Pair] = []
    for chunk in real:
        place = _place(chunk)
        nth = seen[place] = seen.get(place, -1) + 1
        found = by_place.get(place, [])
        pairs.append((chunk, found[nth] if len(found) == counts[place] else None))
    return pairs


def derived(pairs: Sequence[Pair]) -> frozenset[str]:
    """Return the texts of states that depend on secrets; of one without twin all of them."""
    return frozenset(text for pair in pairs for text in pair_texts(pair))


def pair_texts(pair: Pair) -> Iterator[str]:
    """Yield the texts in which a state differs from its twin."""
    ours, theirs = pair
    yield from derived_texts(_written(ours), None if theirs is None else _written(theirs))


def _ordered(chunks: Sequence[LowChunk]) -> Sequence[LowChunk]:
    return hand_over(sorted(chunks, key=lambda chunk: chunk.order))


def _place(chunk: LowChunk) -> tuple[str, ...]:
    return chunk.function, chunk.sls, str(chunk.at)


def _written(chunk: LowChunk) -> dict[str, Any]:
    return {"id": chunk.id, "name": chunk.name, **chunk.written}
