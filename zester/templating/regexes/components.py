"""Groups of nodes that can all reach each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def components(graph: Mapping[int, Iterable[int]]) -> list[frozenset[int]]:
    """Return the strongly connected groups of a graph, each node in one."""
    backward: dict[int, list[int]] = {node: [] for node in graph}
    for node, targets in graph.items():
        for target in targets:
            backward[target].append(node)
    seen: set[int] = set()
    found: list[frozenset[int]] = []
    order = [node for start in graph for node in _left(graph, start, seen)]
    seen.clear()
    for node in reversed(order):
        group = frozenset(_left(backward, node, seen))
        if group:
            found.append(group)
    return found


def _left(graph: Mapping[int, Iterable[int]], start: int, seen: set[int]) -> Iterator[int]:
    """Yield what is reached from a node and new, in the order it is left again."""
    if start in seen:
        return
    seen.add(start)
    path = [(start, iter(graph[start]))]
    while path:
        node, targets = path[-1]
        for target in targets:
            if target not in seen:
                seen.add(target)
                path.append((target, iter(graph[target])))
                break
        else:
            path.pop()
            yield node
