"""Fixtures every room shares: asyncio, and a real nats-server where a test asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from zester.bus.embedded import EmbeddedServer
from zester.bus.link.connection import Bus, open_bus
from zester.bus.provision import provision


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedServer]:
    """A nats-server with JetStream and an empty store."""
    async with EmbeddedServer(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest.fixture
async def bus(server: EmbeddedServer) -> AsyncIterator[Bus]:
    """A connection to ``server`` with all buckets made."""
    async with open_bus([server.url], name="test") as connected:
        await provision(connected)
        yield connected
