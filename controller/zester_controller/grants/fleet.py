"""The enrolled peels, page by page: their keys and labels, and the facts they report."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from zester.bus.buckets import FACTS, NODES
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of, stored_at
from zester.bus.subjects import stored_keys
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey, Untrusted
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.targeting.node import NodeView
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)

PAGE = 200
"""Peels that are looked at together: their facts are in memory for as long."""


@dataclass(frozen=True, slots=True)
class FleetPage:
    """What the bus has of some peels, not judged yet."""

    nodes: dict[str, Record]
    facts: dict[str, Record]


class Fleet:
    """Reads the buckets ``nodes`` and ``facts``."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._nodes = Records(bus, NODES, timeout=30.0)
        self._facts = Records(bus, FACTS, timeout=30.0)

    async def keys(self) -> list[str]:
        """Return the key of every peel that was ever enrolled."""
        return sorted(await stored_keys(self._bus, NODES))

    async def page(self, keys: Sequence[str], *, facts: bool) -> FleetPage:
        """Read at most PAGE peels, their facts only when asked to."""
        nodes = await self._nodes.get_many(keys)
        reported = await self._facts.get_many(list(nodes)) if facts and nodes else {}
        return FleetPage(nodes, reported)


def pages(keys: Iterable[str]) -> Iterator[list[str]]:
    """Cut keys into pages."""
    listed = list(keys)
    return (listed[start : start + PAGE] for start in range(0, len(listed), PAGE))


def read_node(record: Record, verifier: Verifier) -> NodeRecord | None:
    """Return what masters say of a peel, None when it cannot be believed."""
    try:
        verified = verifier.open(
            record.value, place_of(NODES, record.key), stored=stored_at(record)
        )
        node = NodeRecord.decode(verified.payload)
        if make_key(node.id) != record.key or node.env != verifier.env:
            raise InvalidDocument("it is the record of another node")
    except (Untrusted, InvalidDocument, InvalidKey) as error:
        log.warning("node record not used", extra={"key": record.key, "error": error.message})
        return None
    return node


def view_of(node: NodeRecord, reported: Record | None) -> NodeView:
    """Return a peel as templates see it; its id and labels are what masters vouch for."""
    facts: dict[str, object] = {}
    if reported is not None:
        try:
            facts = dict(NodeFacts.decode(reported.value).values)
        except InvalidDocument as error:
            log.warning("facts not used", extra={"key": reported.key, "error": error.message})
    facts["id"] = node.id
    facts["labels"] = dict(node.labels)
    return NodeView(id=node.id, facts=facts, labels=node.labels)
