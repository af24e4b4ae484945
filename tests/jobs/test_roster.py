"""Who is expected to answer, as far as the bus knows."""

from __future__ import annotations

import pytest

from support.operators import announce
from support.peel import until
from support.trusted import bus_as
from zester.bus.buckets import FACTS, LEASES
from zester.bus.jobs.roster import live_peels, read_roster
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_a_roster_by_names_is_that_by_facts(
    operator: Operator, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER, "master") as master:
        for name in ("web-1", "web-2", "db.example.com"):
            await announce(master, NodeView(name, {"os": "Debian"}))
        for name in ("web-3", "web-4"):
            await announce(master, NodeView(name, {"os": "Debian"}), live=False)
        await Records(master, FACTS).delete("web-4")
    for target in ("*", "G@os:Debian"):
        found = await read_roster(operator.bus, parse_target(target))
        assert found.sure == {"web-1", "web-2", "web-3", "db.example.com"}
        assert found.live == {"web-1", "web-2", "db.example.com"}
        assert not found.maybe
    some = await read_roster(operator.bus, parse_target("web-* and not web-2"))
    assert some.sure == {"web-1", "web-3"}
    assert some.live == {"web-1"}


async def test_who_lost_the_lease_is_not_there_for_long(
    operator: Operator, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER, "master") as master:
        await announce(master, NodeView("web-1"))
        assert await live_peels(operator.bus) == {"web-1"}
        await Records(master, LEASES).delete("peel.web-1")
        await until("it is not there", lambda: _nobody(operator))


async def _nobody(operator: Operator) -> bool:
    return not await live_peels(operator.bus)
