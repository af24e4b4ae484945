"""Masters of a test that do nothing but see jobs through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import pytest

from support.trusted import ENV, bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.telemetry.metrics import Metrics
from zester.trust.tiers import Tier
from zester_controller.jobs.room import JobsRoom

RunMaster = Callable[..., AbstractAsyncContextManager[JobsRoom]]
"""``async with run_master("one") as room:``."""


@pytest.fixture
def run_master(trusted_server: EmbeddedServer) -> RunMaster:
    realm = trusted_server.realm
    assert realm is not None
    verifier = realm.verifier(ENV)

    @asynccontextmanager
    async def run(name: str = "one", *, dies: bool = False) -> AsyncIterator[JobsRoom]:
        async with bus_as(trusted_server, Tier.MASTER, name) as bus:
            room = JobsRoom(bus, lambda: verifier, holder=name, metrics=Metrics(), lease_ttl=3.0)
            async with anyio.create_task_group() as tasks:
                await tasks.start(room.run)
                yield room
                if dies:  # its lease is not handed over
                    room.lease.holder = "nobody"
                tasks.cancel_scope.cancel()

    return run
