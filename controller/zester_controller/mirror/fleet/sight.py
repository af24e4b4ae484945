"""What the bus knows of one machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, TypeVar

from zester.bus.buckets import ENROLLMENTS, FACTS, LEASES, MAINTENANCE, NODES, STATUS
from zester.bus.fleet import PeelView, view_of
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import SignedKv
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, Untrusted
from zester.resources.document import Document
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.lease import Lease
from zester.resources.maintenance.maintenance import Maintenance
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.trust.verifier import Verifier

DocumentT = TypeVar("DocumentT", bound=Document)


@dataclass(frozen=True, slots=True)
class Sight:
    """What is not there, or cannot be believed, is None."""

    id: str
    env: str
    view: PeelView | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    record: NodeRecord | None = None
    enrollment: Enrollment | None = None
    maintenance: Maintenance | None = None

    @property
    def there(self) -> bool:
        """Whether there is such a peel in this environment."""
        if self.record is not None:
            return self.record.env == self.env
        status = self.view.status if self.view is not None else None
        return status is not None and status.env == self.env


async def see_enrollment(bus: Bus, verifier: Verifier, node: str) -> Enrollment | None:
    """Return what was decided about a machine; raises BusUnavailable."""
    found = await _signed(SignedKv(bus, ENROLLMENTS, Enrollment, verifier), node)
    return found if found is not None and found.id == node else None


async def see(bus: Bus, verifier: Verifier, node: str) -> Sight:
    """Look at a machine; raises BusUnavailable."""
    key = make_key(node)
    lease = await Records(bus, LEASES).get(make_key("peel", node))
    status = await Records(bus, STATUS).get(key)
    facts = await Records(bus, FACTS).get(key)
    record = await _signed(SignedKv(bus, NODES, NodeRecord, verifier), node)
    said = await _signed(SignedKv(bus, MAINTENANCE, Maintenance, verifier), node)
    view = view_of(status) if status is not None else None
    if view is not None and lease is not None:
        view = replace(view, live=True, seen=_renewed(lease.value) or view.seen)
    return Sight(
        node,
        verifier.env,
        view,
        _facts(facts.value) if facts is not None else {},
        record if record is not None and record.id == node else None,
        await see_enrollment(bus, verifier, node),
        said if said is not None and said.id == node else None,
    )


async def _signed(kv: SignedKv[DocumentT], node: str) -> DocumentT | None:
    try:
        found = await kv.get(make_key(node))
    except (Untrusted, InvalidDocument):
        return None
    return found.value if found is not None else None


def _facts(data: bytes) -> Mapping[str, Any]:
    try:
        return NodeFacts.decode(data).values
    except InvalidDocument:
        return {}


def _renewed(data: bytes) -> float | None:
    try:
        return Lease.decode(data).renewed
    except InvalidDocument:
        return None
