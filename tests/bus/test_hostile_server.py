"""The connection against servers that are frozen, dead, or no NATS servers at all."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from zester.bus.buckets import HEADS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.errors import BusUnavailable

pytestmark = pytest.mark.anyio


def fds() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


INFO = b'INFO {"server_id":"a","version":"2.15","max_payload":1048576,"headers":true,"proto":1}\r\n'


@asynccontextmanager
async def listener(greeting: bytes, later: bytes = b"") -> AsyncIterator[str]:
    """A server that says ``greeting``, answers pings, and says ``later`` after the third."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pings = 0
        try:
            writer.write(greeting)
            while line := await reader.readline():
                if line.startswith(b"PING"):
                    pings += 1
                    writer.write(b"PONG\r\n" + (later if pings == 3 else b""))
        except OSError:
            pass  # the other side is gone
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("greeting", "problem"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "INFO"),
        (b"INFO {nope\r\n", "json"),
        (b"INFO [1, 2]\r\n", "not connected"),
        (b"x" * 1_000_000, "not connected"),
    ],
)
async def test_what_is_no_nats_server_is_named_and_leaves_nothing_open(
    greeting: bytes, problem: str
) -> None:
    async with listener(greeting) as url:
        before = fds(), len(asyncio.all_tasks())
        with pytest.raises(BusUnavailable, match=problem):
            async with open_bus([url], name="test", timeout=0.5):
                pass
        with anyio.fail_after(30):
            while (fds(), len(asyncio.all_tasks())) > before:  # noqa: ASYNC110 - the other side closes too
                await anyio.sleep(0.01)


@pytest.mark.parametrize(
    "later", [b"MSG \xff\xfe 1 5\r\nhello\r\n", b"INFO {bad\r\n", b"INFO [1]\r\n", b"nonsense\r\n"]
)
async def test_an_answer_that_cannot_be_read_ends_the_connection_at_once(later: bytes) -> None:
    async with listener(INFO, later) as url, open_bus([url], name="test") as bus:
        lost = anyio.Event()
        bus.on_disconnect(lost.set)

        with anyio.fail_after(30):
            await bus.subscribe("here", lambda _: None)
            await lost.wait()


async def test_a_dead_and_a_silent_server_do_not_hide_the_good_one(server: EmbeddedServer) -> None:
    async with listener(b"") as silent:
        dead = f"nats://127.0.0.1:{free_port()}"
        for urls in ([dead, server.url], [server.url, dead], [silent, server.url]):
            async with open_bus(urls, name="test", timeout=30) as bus:
                await bus.flush()


async def test_calls_given_up_half_way_do_not_hurt_the_connection(bus: Bus) -> None:
    lost: list[int] = []
    bus.on_disconnect(lambda: lost.append(1))
    tasks = len(asyncio.all_tasks())
    for turns in range(12):
        for call in (
            bus.flush(),
            Records(bus, HEADS).get("a.b"),
            Records(bus, HEADS).get_many([">"]),
        ):
            given_up = asyncio.ensure_future(call)
            for _ in range(turns):
                await asyncio.sleep(0)
            given_up.cancel()
            await asyncio.wait({given_up})

    with anyio.fail_after(30):
        for _ in range(3):
            await bus.flush()
            assert await Records(bus, HEADS).get("a.b") is None
    assert not lost
    assert len(asyncio.all_tasks()) <= tasks


async def test_a_stream_of_answers_fails_at_once_when_the_server_dies(tmp_path: Path) -> None:
    async with (
        EmbeddedServer(tmp_path / "nats") as server,
        open_bus([server.url], name="test") as bus,
    ):
        await bus.subscribe("silent", lambda _: None)

        async def kill_soon() -> None:
            await anyio.sleep(0.1)
            await server.kill()

        with anyio.fail_after(30):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(kill_soon)
                async with aclosing(bus.stream("silent", timeout=60)) as answers:
                    with pytest.raises(BusUnavailable):
                        await anext(answers)


async def test_a_connection_to_a_frozen_server_closes_in_time_and_whole(tmp_path: Path) -> None:
    async with EmbeddedServer(tmp_path / "nats") as server:
        tasks = len(asyncio.all_tasks())
        with anyio.fail_after(30):
            async with open_bus([server.url], name="test") as bus:
                await bus.subscribe("here", lambda _: None)
                os.kill(server.pid, signal.SIGSTOP)
                with anyio.move_on_after(0.3):
                    while True:
                        await bus.publish("there", bytes(500_000))
        os.kill(server.pid, signal.SIGCONT)
        await anyio.lowlevel.checkpoint()
        assert len(asyncio.all_tasks()) <= tasks


async def test_a_subscription_made_while_the_connection_comes_up_is_in_force(
    server: EmbeddedServer,
) -> None:
    bus = Bus([server.url], name="test")
    heard: list[int] = []
    async with anyio.create_task_group() as tasks:
        await tasks.start(bus.supervise)
        made = 0
        while not bus.connected:
            if made < 50:
                await bus.subscribe("here", lambda _: heard.append(1))
                made += 1
            await asyncio.sleep(0)
        await bus.publish("here")
        await bus.flush()
        await asyncio.sleep(0)
        tasks.cancel_scope.cancel()
    assert len(heard) == made
