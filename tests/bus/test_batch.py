"""Atomic batches, also when the server has room for very few."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from zester.bus.batch import write_batch
from zester.bus.buckets import BLOBS
from zester.bus.link.connection import open_bus
from zester.bus.parallel import each
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.errors import BusUnavailable, CorruptBlob

pytestmark = pytest.mark.anyio


class Narrow(EmbeddedServer):
    """A server that takes two open batches at a time."""

    def _open_config(self) -> str:
        return (
            super()
            ._open_config()
            .replace("max_inflight_per_stream: 200", "max_inflight_per_stream: 2")
        )


async def test_batches_the_server_has_no_room_for_are_sent_again(tmp_path: Path) -> None:
    async with Narrow(tmp_path / "nats") as server, open_bus([server.url], name="test") as bus:
        await provision(bus)

        async def write(name: int) -> None:
            count = 1 if name == 0 else 50
            await write_batch(bus, BLOBS, [(f"{name}-{n}", b"x" * 3000) for n in range(count)])

        with anyio.fail_after(60):
            await each(range(12), write, limit=12)

        stored = [record.key async for record in Records(bus, BLOBS).scan()]
        assert len(stored) == len(set(stored)) == 1 + 11 * 50


async def test_a_server_that_never_has_room_is_told_from_one_that_refuses(tmp_path: Path) -> None:
    async with Narrow(tmp_path / "nats") as server, open_bus([server.url], name="test") as bus:
        await provision(bus)
        for name in ("a", "b"):
            headers = {"Nats-Batch-Id": name, "Nats-Batch-Sequence": "1"}
            await bus.request("$KV.blobs.x", b"", headers=headers)

        with pytest.raises(BusUnavailable, match="too many open batches"):
            await write_batch(bus, BLOBS, [("a", b""), ("b", b"")], timeout=0.3)


async def test_the_first_of_several_failures_is_raised_as_it_is() -> None:
    async def fail(number: int) -> None:
        raise CorruptBlob(f"failure {number}")

    with pytest.raises(CorruptBlob, match="failure"):
        await each(range(5), fail, limit=3)
