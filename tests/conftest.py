"""Fixtures every room shares: asyncio, and a real nats-server where a test asks for one."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from support.trusted import bundle_of, bus_as, shared_realm
from zester.bus.buckets import TRUST
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

# Started in the background of a script a process ignores it, and so does all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


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
        await Records(connected, TRUST).put("bundle", bundle_of(shared_realm()))
        yield connected


@pytest.fixture
def realm() -> Realm:
    """Every private key of an installation with the one environment ``base``."""
    return shared_realm()


@pytest.fixture
async def trusted_server(
    tmp_path_factory: pytest.TempPathFactory, realm: Realm
) -> AsyncIterator[EmbeddedServer]:
    """A nats-server in operator mode with TLS, as in use; all buckets made, the bundle there."""
    async with EmbeddedServer(tmp_path_factory.mktemp("nats"), realm=realm) as running:
        async with bus_as(running, Tier.MASTER, "provision") as master:
            await provision(master)
            await Records(master, TRUST).put("bundle", bundle_of(realm))
        yield running


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is cached away from the user's own cache; processes that tests start as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
