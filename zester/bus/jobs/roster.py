"""Whom a target means, as far as the bus knows, and who of them is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zester.bus.buckets import FACTS, LEASES
from zester.bus.keys import split_key
from zester.bus.labels import read_labels
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import InvalidDocument, InvalidKey
from zester.resources.ids import parse_node_id
from zester.resources.nodes.facts import NodeFacts
from zester.targeting.expression import Expression
from zester.targeting.fleet_index import FleetIndex
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


async def read_roster(
    bus: Bus,
    target: Expression,
    groups: Mapping[str, str] | None = None,
    *,
    verifier: Verifier | None = None,
) -> Roster:
    """Find out whom a target means; raises BusUnavailable, TargetError.

    Labels count only with a ``verifier``, which tells whether a master gave them.
    """
    live = await live_peels(bus)
    labels = await read_labels(bus, verifier) if verifier is not None else {}
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
    for node in live - set(nodes):
        nodes[node] = NodeView(node, labels=labels.get(node, {}))
    sure, maybe = FleetIndex(nodes.values(), groups).find(target)
    return Roster(sure, maybe, live & (sure | maybe))


async def live_peels(bus: Bus) -> frozenset[str]:
    """Return the peels that hold their lease; raises BusUnavailable."""
    found = [
        _node(record.key.removeprefix("peel."))
        async for record in Records(bus, LEASES).scan("peel.*")
    ]
    return frozenset(node for node in found if node is not None)


def _node(key: str) -> str | None:
    try:
        (text,) = split_key(key)
        return parse_node_id(text)
    except (InvalidKey, ValueError):
        return None
