"""Every peel as the bus knows it: what it last reported, and whether it is still there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zester.bus.buckets import LEASES, STATUS
from zester.bus.connection import Bus
from zester.bus.keys import split_key
from zester.bus.kv import Kv
from zester.bus.records import Records
from zester.errors import InvalidDocument
from zester.resources.lease import Lease
from zester.resources.status import PeelStatus


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

    Raises BusUnavailable.
    """
    leases: Mapping[str, float] = {
        split_key(entry.key)[1]: entry.value.renewed
        async for entry in Kv(bus, LEASES, Lease).scan("peel.*")
    }
    fleet: dict[str, PeelView] = {}
    async for record in Records(bus, STATUS).scan():
        node = split_key(record.key)[0]
        live, seen = node in leases, leases.get(node)
        try:
            status = PeelStatus.decode(record.value)
        except InvalidDocument as error:
            fleet[node] = PeelView(node, None, live, seen, error.message)
            continue
        if env is None or status.env == env:
            fleet[node] = PeelView(node, status, live, seen or status.updated)
    for node, seen in leases.items():
        if node not in fleet and env is None:
            fleet[node] = PeelView(node, None, True, seen, "has not reported yet")
    return dict(sorted(fleet.items()))
