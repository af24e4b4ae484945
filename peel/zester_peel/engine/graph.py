"""The order in which states may run."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Mapping, Sequence

from zester.dataclass import dataclass
from zester_peel.engine.state import EVERYTHING

Edge = tuple[int, int]


class Cycle(Exception):
    """Positions that wait for each other, the first one repeated at the end."""

    def __init__(self, positions: tuple[int, ...]) -> None:
        super().__init__(positions)
        self.positions = positions


@dataclass(frozen=True, slots=True)
class Needs:
    """What one state says about resources (see ``State``)."""

    requires: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Graph:
    """A directed graph without cycles over positions ``0 … n-1``.

    ``waits[i]`` must be finished before ``i``; ``feeds`` is the same the other way round.
    ``rank[i]`` breaks ties: definition order, as far as requisites allow.
    """

    waits: tuple[tuple[int, ...], ...]
    feeds: tuple[tuple[int, ...], ...]
    rank: tuple[int, ...]


def build_graph(
    wanted: Sequence[Iterable[int]], needs: Sequence[Needs], keys: Sequence[int] | None = None
) -> Graph:
    """Join what states require by name (``wanted``) with what their resources imply.

    ``keys`` are the positions' places in definition order where that is not their own. Implied
    order never contradicts a requisite: where it would close a circle it is dropped.
    Raises Cycle when the requisites alone go round in a circle.
    """
    waits = [set(targets) for targets in wanted]
    order = _sorted(waits, keys or range(len(waits)))
    rank = [0] * len(order)
    for place, position in enumerate(order):
        rank[position] = place
    backward: list[Edge] = []
    for before, after in _implied(needs, order, rank):
        if before == after:
            continue
        if rank[before] < rank[after]:
            waits[after].add(before)
        else:
            backward.append((before, after))
    if backward:
        _add_where_possible(waits, backward)
    feeds: list[list[int]] = [[] for _ in waits]
    for position, targets in enumerate(waits):
        for target in targets:
            feeds[target].append(position)
    return Graph(
        waits=tuple(tuple(sorted(targets)) for targets in waits),
        feeds=tuple(map(tuple, feeds)),
        rank=tuple(rank),
    )


def _sorted(waits: Sequence[set[int]], keys: Sequence[int]) -> list[int]:
    """Return a topological order, the smallest key first; raises Cycle."""
    missing = [len(targets) for targets in waits]
    feeds: list[list[int]] = [[] for _ in waits]
    for position, targets in enumerate(waits):
        for target in targets:
            feeds[target].append(position)
    ready = [(keys[position], position) for position, count in enumerate(missing) if not count]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, position = heapq.heappop(ready)
        order.append(position)
        for follower in feeds[position]:
            missing[follower] -= 1
            if not missing[follower]:
                heapq.heappush(ready, (keys[follower], follower))
    if len(order) < len(waits):
        raise Cycle(_circle(waits, {each for each, count in enumerate(missing) if count}))
    return order


def _circle(waits: Sequence[set[int]], stuck: set[int]) -> tuple[int, ...]:
    """Walk from one stuck position to what it waits for until a position comes again."""
    seen: dict[int, int] = {}
    path: list[int] = []
    here = min(stuck)
    while here not in seen:
        seen[here] = len(path)
        path.append(here)
        here = min(target for target in waits[here] if target in stuck)
    return (*path[seen[here] :], here)


def _implied(needs: Sequence[Needs], order: Sequence[int], rank: Sequence[int]) -> Iterable[Edge]:
    """Yield the order that resources imply."""
    holders: dict[str, list[int]] = {}
    providers: dict[str, list[int]] = {}
    for position in order:
        for resource in needs[position].locks:
            holders.setdefault(resource, []).append(position)
        for resource in needs[position].provides:
            providers.setdefault(resource, []).append(position)
    alone = holders.pop(EVERYTHING, [])
    if alone:
        yield from _barriers(order, set(alone))
    yield from _foundations(order, set(providers.pop(EVERYTHING, ())))
    for chain in holders.values():
        yield from itertools.pairwise(chain)
    users: dict[str, list[int]] = {}
    for position in order:
        for resource in needs[position].requires:
            if resource.endswith("*") or resource in holders or resource in providers:
                users.setdefault(resource, []).append(position)
    for resource, asking in users.items():
        if resource.endswith("*"):
            yield from _starting(resource[:-1], asking, providers, rank)
            continue
        offering = providers.get(resource, [])
        for position in asking:
            earlier = [each for each in offering if rank[each] < rank[position]]
            yield from ((each, position) for each in earlier or offering[:1])
        removing = set(holders.get(resource, ())) - set(offering)
        if removing:
            involved = sorted({*asking, *removing}, key=rank.__getitem__)
            yield from _barriers(involved, removing)


def _foundations(order: Sequence[int], foundations: set[int]) -> Iterable[Edge]:
    """Yield edges from the last foundation before each position."""
    last: int | None = None
    for position in order if foundations else ():
        if last is not None:
            yield last, position
        if position in foundations:
            last = position


def _starting(
    prefix: str, asking: Sequence[int], providers: Mapping[str, Sequence[int]], rank: Sequence[int]
) -> Iterable[Edge]:
    """Yield edges from what was defined before and provides something that starts like this."""
    for resource, offering in providers.items():
        if resource.startswith(prefix):
            yield from (
                (each, position)
                for each in offering
                for position in asking
                if rank[each] < rank[position]
            )


def _barriers(order: Sequence[int], barriers: set[int]) -> Iterable[Edge]:
    """Yield edges that keep every position on its side of each barrier."""
    last: int | None = None
    since: list[int] = []
    for position in order:
        if last is not None:
            yield last, position
        if position in barriers:
            yield from ((each, position) for each in since)
            last, since = position, []
        else:
            since.append(position)


def _add_where_possible(waits: list[set[int]], edges: Sequence[Edge]) -> None:
    """Add edges against definition order, except those that would be part of a circle."""
    trial = [set(targets) for targets in waits]
    for before, after in edges:
        trial[after].add(before)
    component = _components(trial)
    for before, after in edges:
        if component[before] != component[after]:
            waits[after].add(before)


def _components(waits: Sequence[set[int]]) -> Mapping[int, int]:
    """Return each position's strongly connected component (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    component: dict[int, int] = {}
    path: list[int] = []
    for root in range(len(waits)):
        if root in index:
            continue
        work = [(root, iter(waits[root]))]
        index[root] = low[root] = len(index)
        path.append(root)
        while work:
            here, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    path.append(target)
                    work.append((target, iter(waits[target])))
                    break
                if target not in component:
                    low[here] = min(low[here], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == index[here]:
                    while path:
                        member = path.pop()
                        component[member] = here
                        if member == here:
                            break
    return component
