"""An operator, and peels that hear jobs, on a server as in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.operators import JobPeel, MakeJobPeel, operator_on
from support.trusted import bus_as
from zester.bus.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier


@pytest.fixture
async def operator(trusted_server: EmbeddedServer) -> AsyncIterator[Operator]:
    async with operator_on(trusted_server) as connected:
        yield connected


@pytest.fixture
def job_peel(trusted_server: EmbeddedServer, tmp_path: Path) -> MakeJobPeel:
    """Run a peel with its own credentials and connection."""

    @asynccontextmanager
    async def run(node: NodeView) -> AsyncIterator[JobPeel]:
        assert trusted_server.realm is not None
        peel = JobPeel(trusted_server.realm, tmp_path / node.id, node)
        async with bus_as(trusted_server, Tier.PEEL, node.id) as bus, peel.running(bus):
            yield peel

    return run
