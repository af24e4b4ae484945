"""The sensor for network addresses, with a socket in the kernel's place."""

from __future__ import annotations

import socket
import struct

import anyio
import pytest

from zester.errors import HostError
from zester_peel.sensors import addresses
from zester_peel.sensors.addresses import AddressSensor, concerns, messages

pytestmark = pytest.mark.anyio


def message(kind: int, body: bytes = b"") -> bytes:
    """One message as the kernel pads it."""
    data = struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body
    return data + b"\0" * (-len(data) % 4)


def test_messages_are_split_and_nonsense_ends_it() -> None:
    data = message(20, b"12345") + message(24)
    assert list(messages(data)) == [(20, b"12345"), (24, b"")]
    assert list(messages(data + b"\1\0\0")) == list(messages(data))
    assert list(messages(struct.pack("=IHHII", 2, 20, 0, 0, 0))) == []
    assert list(messages(b"\xff" * 64)) == []


@pytest.mark.parametrize(
    ("kind", "body", "counts"),
    [
        (20, b"", True),  # a new address
        (21, b"", True),  # an address is gone
        (16, b"", True),  # an interface
        (24, bytes([2, 0]), True),  # a default route
        (25, bytes([2, 24]), False),  # a route to one network
        (24, b"", False),
        (28, b"", False),  # a neighbour
    ],
)
def test_only_what_may_change_a_fact_counts(kind: int, body: bytes, counts: bool) -> None:
    assert concerns(kind, body) is counts


async def test_many_messages_are_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    ours.setblocking(False)
    monkeypatch.setattr(addresses, "_listener", lambda: ours)
    monkeypatch.setattr(addresses, "_SETTLE", 0.05)
    calls: list[float] = []
    called = anyio.Event()

    def changed() -> None:
        calls.append(anyio.current_time())
        called.set()

    with kernel:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(AddressSensor(list).run, changed)
            kernel.send(message(28))
            for _ in range(20):
                kernel.send(message(20))
            with anyio.fail_after(30):
                await called.wait()
            await anyio.sleep(0.2)
            tasks.cancel_scope.cancel()
    assert len(calls) == 1
    assert ours.fileno() == -1


async def test_where_nobody_tells_addresses_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> socket.socket:
        raise HostError("cannot listen")

    monkeypatch.setattr(addresses, "_listener", refuse)
    seen: list[object] = ["a", "a", OSError(5, "x"), "b"]
    called = anyio.Event()

    def look() -> object:
        now = seen.pop(0) if len(seen) > 1 else seen[0]
        if isinstance(now, OSError):
            raise now
        return now

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(AddressSensor(look, poll_interval=0.01).run, called.set)
        with anyio.fail_after(30):
            await called.wait()
        tasks.cancel_scope.cancel()
