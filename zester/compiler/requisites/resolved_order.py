"""The order in which Salt lists and runs low chunks: by ``order``, as far as requisites allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from heapq import heapify, heappop, heappush

from zester.compiler.lowstate import Target
from zester.compiler.requisites.index import RequisiteIndex
from zester.dataclass import dataclass
from zester.targeting.value import Value

LAST = 1_000_000

_WEIGHTS = {
    kind: weight
    for weight, kind in enumerate(
        (
            *("onfail", "onfail_any", "onfail_all", "require", "require_any"),
            *("onchanges", "onchanges_any", "watch", "watch_any", "prereq"),
        )
    )
}
"""Of what follows a chunk, only the kinds heaviest so far pull it forward."""

_CONNECTED = (
    *("require", "require_any", "watch", "watch_any", "prereq"),
    *("onfail", "onfail_any", "onfail_all", "onchanges", "onchanges_any"),
)


@dataclass(slots=True)
class Place:
    """What the order of one chunk depends on.

    ``order`` is as written until ``resolve`` made it a number; ``nth`` counts from 1 among the
    names of one call, 0 where there is one name.
    """

    state: str
    fun: str
    id: str
    name: str
    sls: str
    included_from: tuple[str, ...]
    order: Value
    nth: int
    requisites: dict[str, list[Target]] = field(default_factory=dict)

    def number(self, cap: int) -> float:
        """Turn ``first``, ``last`` and what is no number into one, without the name's fraction."""
        if isinstance(self.order, int | float):
            return self.order
        number = self.order = {"last": cap + LAST, "first": 0}.get(str(self.order), cap)
        return number

    def resolve(self, cap: int) -> float:
        """Make ``order`` final."""
        number = self.number(cap)
        if self.nth:
            number += self.nth / 10_000.0
            self.nth = 0
        if number < 0:
            number += cap + LAST
        self.order = number
        return number


class _Graph:
    """Chunks by position, and a second look at each that a ``prereq`` names, after them."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self.twins: dict[int, int] = {}
        self.position = list(range(len(places)))
        self.feeds: list[dict[int, dict[str, None]]] = [{} for _ in places]
        self.waits: list[dict[int, dict[str, None]]] = [{} for _ in places]

    def add(self, before: int, after: int, kind: str) -> None:
        self.feeds[before].setdefault(after, {})[kind] = None
        self.waits[after].setdefault(before, {})[kind] = None

    def require(self, asker: int, kind: str, target: int) -> None:
        if kind == "prereq":
            self._look_before(asker, target)
            return
        if asker in self.twins:
            self.add(target, self.twins[asker], kind)
        self.add(target, asker, kind)

    def _look_before(self, asker: int, target: int) -> None:
        twin = self.twins.get(target)
        if twin is None:
            twin = self.twins[target] = len(self.position)
            self.position.append(target)
            self.feeds.append({})
            self.waits.append({})
            for before, kinds in self.waits[target].items():
                for kind in kinds:
                    if kind != "prereq":
                        self.add(before, twin, kind)
        self.add(twin, asker, "prereq")
        self.add(asker, target, "require")
        if asker in self.twins:
            self.add(twin, self.twins[asker], "prereq")


def resolved_order(places: Sequence[Place]) -> list[int]:
    """Return positions in the order of Salt 3008, and make every ``order`` a number.

    Requisites in a circle leave the order as asked for: whoever runs the states reports them.
    """
    cap = _cap(places)
    if not any(place.requisites for place in places):
        return _as_asked(places, cap)
    graph = _Graph(places)
    index = RequisiteIndex(places)
    for asker, place in enumerate(places):
        for kind in _CONNECTED:
            for module, target in place.requisites.get(kind, ()):
                for found in index.find(module, target, asker=asker) or ():
                    if found != asker:
                        graph.require(asker, kind, found)
    order = _sorted(graph, cap)
    if len(order) < len(graph.position):
        return _as_asked(places, cap)
    return [node for node in order if node < len(places)]


def _cap(places: Iterable[Place]) -> int:
    cap = 1
    for place in places:
        if isinstance(place.order, int) and place.order > cap - 1 and place.order > 0:
            cap = place.order + 100
    return cap


def _as_asked(places: Sequence[Place], cap: int) -> list[int]:
    for place in places:
        place.resolve(cap)
    return sorted(range(len(places)), key=lambda each: (places[each].order, _label(places[each])))


def _label(place: Place) -> str:
    return f"{place.state}{place.name}{place.fun}"


def _sorted(graph: _Graph, cap: int) -> list[int]:
    """Return nodes in topological order, fewer than there are if some are in a circle."""
    missing = [sum(map(len, waits.values())) for waits in graph.waits]

    def key(node: int) -> tuple[float, float, str, str, bool, int]:
        place = graph.places[graph.position[node]]
        own = place.resolve(cap)
        tag = f"{place.state}_|-{place.id}_|-{place.name}_|-{place.fun}"
        return (
            min(own, _pulled(graph, node, cap)),
            own,
            _label(place),
            tag,
            node != graph.position[node],
            node,
        )

    ready = [key(node) for node, count in enumerate(missing) if not count]
    heapify(ready)
    order = []
    while ready:
        node = heappop(ready)[-1]
        order.append(node)
        for after, kinds in graph.feeds[node].items():
            missing[after] -= len(kinds)
            if not missing[after]:
                heappush(ready, key(after))
    return order


def _pulled(graph: _Graph, node: int, cap: int) -> float:
    """Return the smallest order among what waits for a node."""
    smallest, heaviest = float("inf"), -1
    for after, kinds in graph.feeds[node].items():
        for kind in kinds:
            if heaviest <= _WEIGHTS[kind]:
                heaviest = _WEIGHTS[kind]
                smallest = min(smallest, graph.places[graph.position[after]].number(cap))
    return smallest
