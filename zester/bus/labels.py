"""What the masters say of every node; what nobody vouches for is not said."""

from __future__ import annotations

from collections.abc import Mapping

from zester.bus.buckets import NODES
from zester.bus.keys import split_key
from zester.bus.link.connection import Bus
from zester.bus.signed import SignedKv
from zester.errors import InvalidDocument, InvalidKey, Untrusted
from zester.resources.nodes.node_record import NodeRecord
from zester.trust.verifier import Verifier


async def read_labels(bus: Bus, verifier: Verifier) -> dict[str, Mapping[str, str]]:
    """Return the labels of every enrolled node by id; raises BusUnavailable."""
    kv = SignedKv(bus, NODES, NodeRecord, verifier)
    found: dict[str, Mapping[str, str]] = {}
    async for record in kv.records.scan():
        try:
            (node,) = split_key(record.key)
            said = kv.open(record).value
        except (InvalidKey, ValueError, Untrusted, InvalidDocument):
            continue
        if said.id == node:
            found[node] = said.labels
    return found
