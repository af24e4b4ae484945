"""Masters inside the test process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from zester.bus.buckets import LEASES, STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.resources.lease import Lease
from zester.resources.nodes.status import PeelStatus

Report = Callable[..., Awaitable[None]]


@pytest.fixture
def report(bus: Bus) -> Report:
    """Report as a peel does."""

    async def send(
        node: str, *, env: str = "base", ready: str = "True", live: bool = True, also: str = ""
    ) -> None:
        conditions = [("Ready", ready), *([(also, "True")] if also else [])]
        status = PeelStatus.model_validate(
            {
                "id": node,
                "env": env,
                "version": "1",
                "applied": {"cli": 3},
                "conditions": [
                    {"type": kind, "status": value, "reason": "Test", "since": 1.0}
                    for kind, value in conditions
                ],
                "corrected": 2,
                "started": 1.0,
                "updated": 1.0,
            }
        )
        await Kv(bus, STATUS, PeelStatus).put(make_key(node), status)
        if live:
            await Kv(bus, LEASES, Lease).put(
                make_key("peel", node), Lease(holder=node, renewed=1.0)
            )

    return send
