"""Every peel as the bus knows it: what it last reported, and whether it is still there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from zester.bus.buckets import FACTS, LEASES, STATUS
from zester.bus.keys import make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import MULTI_LAST_LIMIT, Record, Records
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey
from zester.resources.ids import parse_node_id
from zester.resources.lease import Lease
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.status import PeelStatus


@dataclass(frozen=True, slots=True)
class PeelView:
    """One peel. ``live`` = it holds its lease; ``seen`` = Unix seconds of its last sign of life.

    ``status`` is None when it never reported or its report cannot be read (``problem`` says why).
    """

    id: str
    status: PeelStatus | None
    live: bool
    seen: float | None
    problem: str = ""

    @property
    def ready(self) -> str:
        """``True``, ``False`` or ``Unknown``: silence is Unknown, never green."""
        if not self.live or self.status is None:
            return "Unknown"
        condition = self.status.condition("Ready")
        return condition.status if condition else "Unknown"


async def read_fleet(bus: Bus, env: str | None = None) -> dict[str, PeelView]:
    """Return every known peel by id, those of one environment when ``env`` is given.

    What cannot be read hides nobody else. Raises BusUnavailable.
    """
    leases = await _leases(bus)
    fleet: dict[str, PeelView] = {}
    async for record in Records(bus, STATUS).scan():
        view = view_of(record)
        if view is None or (env is not None and view.status is not None and view.status.env != env):
            continue
        live, seen = view.id in leases, leases.get(view.id)
        fleet[view.id] = replace(view, live=live, seen=seen or view.seen)
    for node, seen in leases.items():
        if node not in fleet and env is None:
            fleet[node] = PeelView(node, None, True, seen, "has not reported yet")
    return dict(sorted(fleet.items()))


def view_of(record: Record) -> PeelView | None:
    """Return a peel as a record of the bucket ``status`` tells of it, not live; None = no peel."""
    node = _node(record.key)
    if node is None:
        return None
    try:
        status = PeelStatus.decode(record.value)
    except InvalidDocument as error:
        return PeelView(node, None, live=False, seen=None, problem=error.message)
    if status.id != node:
        problem = f"its status names another peel, {status.id!r}"
        return PeelView(node, None, live=False, seen=None, problem=problem)
    return PeelView(node, status, live=False, seen=status.updated)


async def read_stopped(bus: Bus, nodes: Iterable[str]) -> dict[str, float]:
    """Return which of some peels said that they stop, and when; raises BusUnavailable."""
    keys = [make_key(node) for node in sorted(nodes)]
    found: dict[str, float] = {}
    for start in range(0, len(keys), MULTI_LAST_LIMIT):
        page = keys[start : start + MULTI_LAST_LIMIT]
        for key, record in (await Records(bus, STATUS).get_many(page)).items():
            with suppress(InvalidDocument):
                node, stopped = _node(key), PeelStatus.decode(record.value).stopped
                if node is not None and stopped is not None:
                    found[node] = stopped
    return found


async def read_facts(bus: Bus) -> dict[str, Mapping[str, Any]]:
    """Return the facts of every peel whose facts can be read, by id; raises BusUnavailable."""
    found: dict[str, Mapping[str, Any]] = {}
    async for record in Records(bus, FACTS).scan():
        node = _node(record.key)
        if node is not None:
            with suppress(InvalidDocument):
                found[node] = NodeFacts.decode(record.value).values
    return found


async def _leases(bus: Bus) -> dict[str, float | None]:
    """The last sign of life of every live peel; the lease itself counts, whatever it says."""
    found: dict[str, float | None] = {}
    async for record in Records(bus, LEASES).scan("peel.*"):
        node = _node(record.key.removeprefix("peel."))
        if node is None:
            continue
        try:
            found[node] = Lease.decode(record.value).renewed
        except InvalidDocument:
            found[node] = None
    return found


def _node(key: str) -> str | None:
    try:
        (text,) = split_key(key)
        return parse_node_id(text)
    except (InvalidKey, ValueError):
        return None
