"""The buckets are as the tables say, whatever somebody did to them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import pytest

from support.peel import until
from zester.bus.api import call_api
from zester.bus.buckets import BLOBS, EVENTS, HEADS, STATUS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.bus.server.provision import provision
from zester.errors import BusUnavailable
from zester_controller.keeper.keeper import KEY, Keeper

pytestmark = pytest.mark.anyio


async def config(bus: Bus, stream: str) -> dict[str, object]:
    info = await call_api(bus, f"STREAM.INFO.{stream}", timeout=5)
    found: dict[str, object] = info["config"]
    return found


async def test_a_deleted_bucket_is_made_again(bus: Bus) -> None:
    for name in (STATUS.stream, EVENTS.name):
        await call_api(bus, f"STREAM.DELETE.{name}", timeout=5)
    problems: list[str] = []

    await Keeper(bus, interval=60, kept=problems.append).reconcile(KEY)

    await Records(bus, STATUS).put("web", b"1")
    assert (await config(bus, EVENTS.name))["max_age"] == EVENTS.max_age * 1_000_000_000
    assert problems == [""]


async def test_a_changed_bucket_is_put_right_and_keeps_its_content(bus: Bus) -> None:
    await Records(bus, HEADS).put("base.cli", b"kept")
    made = await config(bus, HEADS.stream)
    broken = {**made, "max_msgs_per_subject": 2, "allow_direct": False, "description": "mine"}
    await call_api(bus, f"STREAM.UPDATE.{HEADS.stream}", broken, timeout=5)
    blobs = await config(bus, BLOBS.stream)
    await call_api(bus, f"STREAM.UPDATE.{BLOBS.stream}", {**blobs, "max_msg_size": 10}, timeout=5)

    await Keeper(bus, interval=60, kept=lambda _: None).reconcile(KEY)

    assert await config(bus, HEADS.stream) == {**made, "description": "mine"}
    assert (await config(bus, BLOBS.stream)) == blobs
    found = await Records(bus, HEADS).get("base.cli")
    assert found is not None
    assert found.value == b"kept"


class Member(EmbeddedServer):
    """A server of a cluster whose members listen for each other on the given ports."""

    def __init__(self, folder: Path, own: int, routes: Sequence[int]) -> None:
        super().__init__(folder)
        self._own = own
        self._routes = routes

    def _open_config(self) -> str:
        routes = ", ".join(f"nats://127.0.0.1:{port}" for port in self._routes if port != self._own)
        cluster = f"name: test, listen: 127.0.0.1:{self._own}, routes: [{routes}]"
        return f"{super()._open_config()}\ncluster {{ {cluster} }}\n"


async def test_a_server_that_joins_late_gets_its_replicas_soon(tmp_path: Path) -> None:
    ports = [free_port() for _ in range(3)]
    members = [Member(tmp_path / str(port), port, ports) for port in ports]
    async with AsyncExitStack() as stack:
        async with anyio.create_task_group() as started:
            for member in members[:2]:
                stack.push_async_callback(member.stop)
                started.start_soon(member.start)
        bus = await stack.enter_async_context(open_bus([members[0].url], name="t", timeout=30))
        keeper = Keeper(bus, interval=60, kept=lambda _: None)

        async def made() -> bool:
            try:
                await provision(bus)
            except BusUnavailable:  # they are still electing
                return False
            return True

        await until("two have their buckets", made, 30)
        waits = [await keeper.reconcile(KEY) for _ in range(5)]

        assert [wait.after for wait in waits] == [5, 10, 20, 40, 60]
        assert (await config(bus, STATUS.stream))["num_replicas"] == 2

        await stack.enter_async_context(members[2])

        async def raised() -> bool:
            await keeper.reconcile(KEY)
            return (await config(bus, EVENTS.name))["num_replicas"] == 3

        await until("it has its replicas", raised, 30)


async def test_what_is_wrong_is_told_and_raised(server: EmbeddedServer) -> None:
    problems: list[str] = []

    with pytest.raises(BusUnavailable):
        await Keeper(Bus([server.url], name="off"), interval=60, kept=problems.append).reconcile(
            KEY
        )

    assert len(problems) == 1
    assert "not connected" in problems[0]
