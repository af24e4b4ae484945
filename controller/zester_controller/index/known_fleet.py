"""Every peel by its facts and labels, as the buckets say now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import anyio

from zester.bus.buckets import FACTS, NODES
from zester.bus.index.changes import Changes
from zester.bus.keys import split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record
from zester.bus.signed import place_of, stored_at
from zester.errors import InvalidDocument, InvalidKey, Untrusted
from zester.resources.ids import parse_node_id
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.targeting.fleet_index import FleetIndex
from zester.targeting.node import NodeView
from zester.trust.verifier import Verifier


class KnownFleet:
    """The index of one environment's peels; ``refresh`` before asking it.

    ``verifier`` gives the newest judge of what masters say of peels. Who never told facts is not in
    the index, whatever labels it has.
    """

    def __init__(self, bus: Bus, verifier: Callable[[], Verifier | None]) -> None:
        self.index = FleetIndex()
        self._verifier = verifier
        self._serial = -1
        self._labels: dict[str, Mapping[str, str]] = {}
        self._facts, self._nodes = Changes(bus, FACTS), Changes(bus, NODES)
        self._lock = anyio.Lock()

    async def refresh(self) -> bool:
        """Take in what was written since; return False while nothing tells whom to believe.

        Raises BusUnavailable, BusRefused.
        """
        async with self._lock:
            verifier = self._verifier()
            if verifier is None:
                return False
            serial = verifier.anchored.bundle.serial
            lost = [await self._facts.lost(), await self._nodes.lost(), serial != self._serial]
            if any(lost):
                self._facts.restart()
                self._nodes.restart()
                self._serial, self.index, self._labels = serial, FleetIndex(), {}
            async for key, record in self._nodes.read():
                self._take_labels(key, record, verifier)
            async for key, record in self._facts.read():
                self._take_facts(key, record)
            return True

    def _take_facts(self, key: str, record: Record | None) -> None:
        node = _node(key)
        if node is None:
            return
        if record is None:
            self.index.drop(node)
            return
        try:
            facts = NodeFacts.decode(record.value).values
        except InvalidDocument:
            facts = {}
        self.index.put(NodeView(node, facts, labels=self._labels.get(node, {})))

    def _take_labels(self, key: str, record: Record | None, verifier: Verifier) -> None:
        node = _node(key)
        if node is None:
            return
        self._labels[node] = _labels(node, record, verifier)
        known = self.index.get(node)
        if known is not None:
            self.index.put(NodeView(node, known.facts, labels=self._labels[node]))


def _labels(node: str, record: Record | None, verifier: Verifier) -> Mapping[str, str]:
    """Return what masters say of a peel, nothing when nobody vouches for it."""
    if record is None:
        return {}
    try:
        place = place_of(NODES, record.key)
        verified = verifier.open(record.value, place, stored=stored_at(record))
        said = NodeRecord.decode(verified.payload)
    except (Untrusted, InvalidDocument):
        return {}
    return said.labels if said.id == node else {}


def _node(key: str) -> str | None:
    try:
        (text,) = split_key(key)
        return parse_node_id(text)
    except (InvalidKey, ValueError):
        return None
