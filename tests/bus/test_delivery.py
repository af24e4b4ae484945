"""What arrives on a connection reaches whoever asked for it: whole, in order, once."""

from __future__ import annotations

import asyncio
import json
from typing import Any, cast

import anyio
import pytest

from zester.bus.buckets import LEASES
from zester.bus.link.client import read_headers
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.message import Message
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.subjects import stored_keys
from zester.errors import BusUnavailable

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("block", "headers"),
    [
        (b"NATS/1.0\r\nA: b\r\nC:d:e\r\n\r\n", {"A": "b", "C": "d:e"}),
        (b"NATS/1.0 404\r\n\r\n", {"Status": "404"}),
        (
            b"NATS/1.0 404 No Messages\r\nX: 1\r\n\r\n",
            {"Status": "404", "Description": "No Messages", "X": "1"},
        ),
        (b"NATS/1.0\r\nb\xc3\xb6se: x\r\nno colon\r\n: y\r\na b: z\r\n\r\n", {}),
        (b"NATS/1.0\r\nA: \xff\r\n\r\n", {"A": "\ufffd"}),
    ],
)
async def test_headers_are_read_and_odd_ones_left_out(
    block: bytes, headers: dict[str, str]
) -> None:
    assert read_headers(block) == headers


async def test_messages_come_in_the_order_they_were_sent(server: EmbeddedServer) -> None:
    heard: list[bytes] = []
    async with open_bus([server.url], name="test") as bus:
        await bus.subscribe("a.>", lambda message: heard.append(message.data))
        for number in range(2000):
            await bus.publish(f"a.{number % 7}", b"%d" % number)
        await bus.flush()
        assert heard == [b"%d" % number for number in range(2000)]


async def test_a_listener_that_fails_harms_nobody_else(
    server: EmbeddedServer, anyio_backend: str
) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    heard: list[bytes] = []

    def fail(_: Message) -> None:
        raise ValueError("a mistake")

    async with open_bus([server.url], name="test") as bus:
        await bus.subscribe("a", fail)
        await bus.subscribe("a", lambda message: heard.append(message.data))
        await bus.publish("a", b"one")
        await bus.flush()
        await bus.publish("a", b"two")
        await bus.flush()
        assert heard == [b"one", b"two"]
        assert bus.connected
    assert [str(context["exception"]) for context in told] == ["a mistake", "a mistake"]


async def test_every_request_gets_its_own_answer(server: EmbeddedServer) -> None:
    async with open_bus([server.url], name="test") as bus:
        waiting: list[Message] = []
        await bus.subscribe("ask", waiting.append)
        found: dict[int, bytes] = {}

        async def ask(number: int) -> None:
            found[number] = (await bus.request("ask", b"%d" % number)).data

        async with anyio.create_task_group() as tasks:
            for number in range(50):
                tasks.start_soon(ask, number)
            while len(waiting) < 50:
                await bus.flush()
            for message in reversed(waiting):
                await bus.answer(message, message.data)
                await bus.answer(message, b"a second one")
        assert found == {number: b"%d" % number for number in range(50)}
        with pytest.raises(BusUnavailable, match="nobody answers"):
            await bus.request("nobody", b"")
        with pytest.raises(BusUnavailable, match=r"within 0\.05 s"):
            await bus.request("ask", b"", timeout=0.05)


class _Growing:
    """A server whose bucket gets a key before all others whenever it is looked at."""

    def __init__(self) -> None:
        self.keys = [f"peel.b{number}" for number in range(5)]
        self.asked = 0

    async def request(self, subject: str, data: bytes, *, timeout: float) -> Message:
        self.asked += 1
        assert self.asked < 100, "it never ends"
        self.keys = [f"peel.a{self.asked:03}", *self.keys]
        page = self.keys[json.loads(data)["offset"] :][:3]
        state = {
            "num_subjects": len(self.keys) + 3,
            "subjects": {LEASES.subject(key): 1 for key in page},
        }
        return Message(subject, json.dumps({"state": state}).encode())


async def test_keys_that_come_meanwhile_do_not_keep_the_list_from_its_end() -> None:
    growing = _Growing()
    found = await stored_keys(cast(Bus, growing), LEASES, "peel.*")
    assert {f"peel.b{number}" for number in range(5)} <= found
