"""A peel that follows a tree, and somebody who may rewrite every key of the bus."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from support.attack import TREE, Attacker, Scene
from support.peel import MakePeel, Peel, Push, applied, until
from support.sealing import Sealing
from support.trusted import shared_realm
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer


@pytest.fixture
async def scene(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push, tmp_path: Path
) -> AsyncIterator[Scene]:
    async with make_peel(server.url, bus_resync=1, host_resync=3600).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        yield Scene(peel, bus, Attacker(bus, tmp_path), push)


@pytest.fixture
def sealing() -> Sealing:
    return Sealing.of(shared_realm())


Admit = Callable[[str], Awaitable[Peel]]


@pytest.fixture
def admit(server: EmbeddedServer, bus: Bus, make_peel: MakePeel, sealing: Sealing) -> Admit:
    """Make a peel that the masters know by its own key."""

    async def made(node: str) -> Peel:
        peel = make_peel(server.url, node)
        await sealing.enrol(bus, peel.identity.id, peel.identity.key)
        return peel

    return made
