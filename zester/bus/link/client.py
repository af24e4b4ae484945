"""The client of one connection: nats-py's, with a short way for what it delivers.

nats-py keeps a queue and a task for each subscription, and reads headers character by character: on
a peel most of what an answer costs, for a caller of thousands most of what hearing them costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.subscription import Subscription as Active

from zester.bus.link.message import Message

Deliver = Callable[[Message], None]

_VERSION = "NATS/1.0"


class DirectClient(Client):
    """Hands messages to whoever asked for them in the next turn of the loop, in order."""

    def __init__(self) -> None:
        super().__init__()
        self._takers: dict[int, Deliver] = {}

    async def take(self, subject: str, deliver: Deliver, *, group: str = "") -> Active:
        """Subscribe; ``deliver`` must not block."""
        active = await self.subscribe(subject, queue=group)
        while not active._pending_queue.empty():  # what came before we could ask for it
            early = active._pending_queue.get_nowait()
            self._hand_over(deliver, early.subject, early.reply, early.data, early.headers or {})
        self._takers[active._id] = deliver
        return active

    async def leave(self, active: Active) -> None:
        """End a subscription."""
        self._takers.pop(active._id, None)
        await active.unsubscribe()

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        deliver = self._takers.get(sid)
        if deliver is None:
            await super()._process_msg(sid, subject, reply, data, headers or b"")
            return
        found = read_headers(headers) if headers else {}
        self._hand_over(deliver, subject.decode(), reply.decode(), data, found)

    def _hand_over(
        self, deliver: Deliver, subject: str, reply: str, data: bytes, headers: dict[str, str]
    ) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(deliver, Message(subject, data, headers, reply))


def read_headers(block: bytes) -> dict[str, str]:
    """Return the headers of a block, with the status of its first line; odd lines are left out."""
    first, *lines = block.decode("utf-8", "replace").split("\r\n")
    headers: dict[str, str] = {}
    if len(first) > len(_VERSION):
        status, _, description = first[len(_VERSION) :].strip().partition(" ")
        if status.isdecimal():
            headers["Status"] = status
        if description:
            headers["Description"] = description
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and name and name.isascii() and " " not in (name := name.strip()):
            headers[name] = value.strip()
    return headers
