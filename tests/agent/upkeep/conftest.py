"""One peel, run as often as a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from support.machines.maintained import Running, tree
from support.peel import MakePeel, Peel, Push, applied, until
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer


@pytest.fixture
def running(server: EmbeddedServer, make_peel: MakePeel) -> Running:
    """Run the peel; the same one each time."""
    return lambda **settings: make_peel(server.url, **settings).running()


@pytest.fixture
def settled(bus: Bus, running: Running, push: Push) -> Running:
    """Run the peel, and have it apply the tree first."""

    @asynccontextmanager
    async def run() -> AsyncIterator[Peel]:
        async with running() as peel:
            await push(tree(peel))
            await until("applied", lambda: applied(bus, 1))
            yield peel

    return run
