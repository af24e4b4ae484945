"""Whom a target means, as far as the bus knows, and who of them is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from zester.bus.buckets import FACTS, LEASES
from zester.bus.index.asking import ask_masters
from zester.bus.keys import make_key, split_key
from zester.bus.labels import read_labels
from zester.bus.link.connection import Bus
from zester.bus.records import MULTI_LAST_LIMIT, Records
from zester.bus.subjects import stored_keys
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey
from zester.resources.ids import parse_node_id
from zester.resources.nodes.facts import NodeFacts
from zester.targeting.expression import Expression, needs_data
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.trust.verifier import Verifier


@dataclass(frozen=True, slots=True)
class Roster:
    """The peels that a target means: ``sure``, and ``maybe`` where only they can tell.

    ``live`` are those of both that hold their lease.
    """

    sure: frozenset[str]
    maybe: frozenset[str]
    live: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target as it was typed, how it is read, and the node groups it names."""

    text: str
    kind: str
    parsed: Expression
    groups: Mapping[str, str]


async def ask_roster(bus: Bus, wanted: Wanted, verifier: Verifier) -> Roster:
    """Find out whom a target means, from a master's index where there is one.

    Raises BusUnavailable, TargetError.
    """
    if needs_data(wanted.parsed):
        found = await ask_masters(
            bus, verifier, wanted.text, kind=wanted.kind, groups=wanted.groups
        )
        if found is not None:
            sure, maybe = frozenset(found.sure), frozenset(found.maybe)
            return Roster(sure, maybe, await live_peels(bus) & (sure | maybe))
    return await read_roster(bus, wanted.parsed, wanted.groups, verifier=verifier)


async def read_roster(
    bus: Bus,
    target: Expression,
    groups: Mapping[str, str] | None = None,
    *,
    verifier: Verifier | None = None,
) -> Roster:
    """Find out whom a target means from the buckets; raises BusUnavailable, TargetError.

    Labels count only with a ``verifier``, which tells whether a master gave them.
    """
    live = await live_peels(bus)
    if not needs_data(target):
        known = live | await _away(bus, live)
        sure = frozenset(node for node in known if match(target, NodeView(node)))
        return Roster(sure, frozenset(), live & sure)
    labels = await read_labels(bus, verifier) if verifier is not None else {}
    nodes = await _views(bus, labels)
    nodes.update((node, NodeView(node, labels=labels.get(node, {}))) for node in live - set(nodes))
    sure, maybe = FleetIndex(nodes.values(), groups).find(target)
    return Roster(sure, maybe, live & (sure | maybe))


async def live_peels(bus: Bus) -> frozenset[str]:
    """Return the peels that hold their lease; raises BusUnavailable."""
    keys = await stored_keys(bus, LEASES, "peel.*")
    return _nodes(key.removeprefix("peel.") for key in keys)


async def _views(bus: Bus, labels: Mapping[str, Mapping[str, str]]) -> dict[str, NodeView]:
    """What is known of each peel that has told its facts."""
    nodes: dict[str, NodeView] = {}
    async for record in Records(bus, FACTS).scan():
        node = _node(record.key)
        if node is None:
            continue
        try:
            facts = NodeFacts.decode(record.value).values
        except InvalidDocument:
            facts = {}
        nodes[node] = NodeView(node, facts, labels=labels.get(node, {}))
    return nodes


async def _away(bus: Bus, live: frozenset[str]) -> frozenset[str]:
    """The peels that have told facts and hold no lease, without reading those of all others."""
    away = sorted(_nodes(await stored_keys(bus, FACTS, "*")) - live)
    found: set[str] = set()
    for start in range(0, len(away), MULTI_LAST_LIMIT):
        keys = [make_key(node) for node in away[start : start + MULTI_LAST_LIMIT]]
        found.update(await Records(bus, FACTS).get_many(keys))
    return _nodes(found)


def _nodes(keys: Iterable[str]) -> frozenset[str]:
    found = (_node(key) for key in keys)
    return frozenset(node for node in found if node is not None)


def _node(key: str) -> str | None:
    try:
        (text,) = split_key(key)
        return parse_node_id(text)
    except (InvalidKey, ValueError):
        return None
