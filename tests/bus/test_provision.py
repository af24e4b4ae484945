"""Streams are made as large as the disk of the server lets them be."""

from __future__ import annotations

from pathlib import Path

import pytest

from zester.bus.api import call_api
from zester.bus.buckets import STREAMS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.errors import BusRefused

pytestmark = pytest.mark.anyio

GIB = 1024**3


class SmallServer(EmbeddedServer):
    """A server whose disk has room for two GiB."""

    def _open_config(self) -> str:
        return super()._open_config().replace("jetstream {", "jetstream { max_file: 2GB", 1)


async def rooms(bus: Bus) -> list[int]:
    found = [await call_api(bus, f"STREAM.INFO.{stream.name}", timeout=5) for stream in STREAMS]
    return [int(each["config"]["max_bytes"]) for each in found]


async def test_a_server_with_a_small_disk_gets_smaller_streams_and_keeps_them(
    tmp_path: Path,
) -> None:
    async with SmallServer(tmp_path / "nats") as server, open_bus([server.url], name="t") as bus:
        await provision(bus)
        first = await rooms(bus)
        await provision(bus)

        assert all(room > 0 for room in first)
        assert sum(first) <= 2 * GIB
        assert await rooms(bus) == first


async def test_a_server_with_room_gets_them_as_the_table_says(bus: Bus) -> None:
    await provision(bus)
    assert await rooms(bus) == [stream.max_bytes for stream in STREAMS]


class SiteServer(EmbeddedServer):
    """A server whose JetStream is that of a leaf site."""

    def _open_config(self) -> str:
        return super()._open_config().replace("jetstream {", "jetstream { domain: shop", 1)


async def test_buckets_are_never_made_on_the_server_of_a_leaf_site(tmp_path: Path) -> None:
    async with SiteServer(tmp_path / "nats") as server, open_bus([server.url], name="t") as bus:
        with pytest.raises(BusRefused, match="leaf site shop"):
            await provision(bus)
        info = await call_api(bus, "INFO", timeout=5)
        assert info["streams"] == 0
