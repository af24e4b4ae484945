"""The client of one connection: nats-py's, with short ways for what it is told and tells.

nats-py keeps a queue and a task for each subscription, another pair for what is to be sent, and
reads every line with one regular expression after the other: on a peel most of what an answer
costs, for a caller of thousands most of what hearing them costs.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from nats.aio.client import Client
from nats.aio.subscription import Subscription as Active
from nats.aio.transport import TcpTransport
from nats.errors import (
    BadHeaderError,
    BadSubjectError,
    ConnectionClosedError,
    MaxPayloadError,
    ProtocolError,
    StaleConnectionError,
    UnexpectedEOF,
)

from zester.bus.link.message import Message
from zester.bus.link.wire import Wire

Deliver = Callable[[Message], None]

_VERSION = "NATS/1.0"
_PING, _PONG = b"PING\r\n", b"PONG\r\n"
_BLANK = re.compile(r"\s")
_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\r\n]")


class DirectClient(Client):
    """Hands messages to whoever asked for them in the next turn of the loop, in order. Answers at
    once: whoever awaits one goes on in the next turn anyway.

    What is sent in one turn of the loop is written at its end, in one piece.
    """

    def __init__(self) -> None:
        super().__init__()
        self._takers: dict[int, tuple[Deliver, bool]] = {}
        self._wire: Wire | None = None
        self._writing = False

    async def take(
        self, subject: str, deliver: Deliver, *, group: str = "", at_once: bool = False
    ) -> Active:
        """Subscribe; ``deliver`` must not block, nor raise when it is called ``at_once``."""
        active = await self.subscribe(subject, queue=group)
        # In the same turn of the loop: nothing came before.
        self._takers[active._id] = (deliver, at_once)
        return active

    async def leave(self, active: Active) -> None:
        """End a subscription."""
        self._takers.pop(active._id, None)
        await active.unsubscribe()

    def send(
        self, subject: str, data: bytes, *, reply: str = "", headers: Mapping[str, str] | None
    ) -> None:
        """Publish; raises what nats-py's ``publish`` raises."""
        if not subject or _BLANK.search(subject) or _BLANK.search(reply):
            raise BadSubjectError
        if not self.is_connected:
            raise ConnectionClosedError
        if len(data) > self._max_payload:
            raise MaxPayloadError
        to = f"{subject} {reply} " if reply else f"{subject} "
        if headers:
            block = _headers(headers)
            start = f"HPUB {to}{len(block)} {len(block) + len(data)}\r\n".encode()
            self._put(b"".join((start, block, data, b"\r\n")))
        else:
            self._put(b"".join((f"PUB {to}{len(data)}\r\n".encode(), data, b"\r\n")))

    def ping(self) -> asyncio.Future[bool]:
        """Ask for a sign of life after everything sent so far; return what is set when it comes.

        Raises ConnectionClosedError.
        """
        if not self.is_connected:
            raise ConnectionClosedError
        answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._pongs.append(answered)
        self._put(_PING)
        self.write_out()
        return answered

    @property
    def unsent(self) -> int:
        """Bytes that the server has not been given yet."""
        transport = self._open_transport()
        buffered = transport.get_write_buffer_size() if transport is not None else 0
        return self._pending_data_size + buffered

    def write_out(self) -> None:
        """Write everything that was sent so far."""
        self._writing = False
        transport = self._open_transport()
        if self._pending and transport is not None and self.is_connected:
            pending, self._pending, self._pending_data_size = self._pending, [], 0
            transport.write(pending[0] if len(pending) == 1 else b"".join(pending))

    def _open_transport(self) -> asyncio.WriteTransport | None:
        """Return what can be written to; asyncio's own is not to be asked once it is closed."""
        streams = self._transport
        writer = streams._io_writer if isinstance(streams, TcpTransport) else None
        if writer is None or writer.transport.is_closing():
            return None
        return writer.transport

    def _put(self, command: bytes) -> None:
        self._pending.append(command)
        self._pending_data_size += len(command)
        if not self._writing:
            self._writing = True
            asyncio.get_running_loop().call_soon(self.write_out)

    async def _send_command(self, cmd: bytes, priority: bool = False) -> None:
        self._put(cmd)

    async def _flush_pending(self, force_flush: bool = False) -> None:
        if force_flush:
            self.write_out()

    async def _flusher(self) -> None:
        return  # ``write_out`` does it

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        self._pongs.append(future or asyncio.get_running_loop().create_future())
        self._put(_PING)

    async def _ping_interval(self) -> None:
        """Ask whether the server is there, unless it has just said something."""
        while True:
            await asyncio.sleep(self.options["ping_interval"])
            wire = self._wire
            if wire is not None and wire.alive:
                wire.alive, self._pings_outstanding = False, 0
                continue
            if not self.is_connected:
                continue
            self._pings_outstanding += 1
            if self._pings_outstanding > self.options["max_outstanding_pings"]:
                await self._give_up(StaleConnectionError())
                return
            await self._send_ping()

    async def _read_loop(self) -> None:
        """Heed what the server complains about, until there is nothing more to read."""
        wire = self._wire = Wire(self._heard, self._ponged, self._pinged)
        streams = self._transport
        assert isinstance(streams, TcpTransport)  # noqa: S101 - we connect in no other way
        reader, writer = streams._io_reader, streams._io_writer
        assert reader is not None and writer is not None  # noqa: S101, PT018 - connected
        wire.take_over(reader, writer.transport)
        while True:
            news = await wire.news.get()
            if isinstance(news, UnexpectedEOF):
                await self._error_cb(news)
            if isinstance(news, Exception):
                await self._give_up(news)
                return
            if news.startswith(b"-ERR"):
                await self._process_err(news[4:].strip().decode("utf-8", "replace").lower())
            elif not _is_info(news):
                await self._give_up(ProtocolError("the server's INFO cannot be read"))
                return

    async def _give_up(self, problem: Exception) -> None:
        """End the connection; what was not written yet will not be."""
        self._pending, self._pending_data_size = [], 0
        with suppress(OSError):
            await self._process_op_err(problem)

    def _heard(self, sid: int, subject: bytes, reply: bytes, head: bytes, data: bytes) -> None:
        taker = self._takers.get(sid)
        if taker is None:
            return  # it was ended a moment ago
        headers = read_headers(head) if head else {}
        message = Message(subject.decode(), data, headers, reply.decode())
        deliver, at_once = taker
        if at_once:
            deliver(message)
        else:
            asyncio.get_running_loop().call_soon(deliver, message)

    def _ponged(self) -> None:
        self._pings_outstanding = 0
        if self._pongs:
            answered = self._pongs.pop(0)
            if not answered.done():
                answered.set_result(True)

    def _pinged(self) -> None:
        self._put(_PONG)


def _headers(headers: Mapping[str, str]) -> bytes:
    lines = [_VERSION]
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise BadHeaderError(name)
        lines.append(f"{name}: {_CONTROL.sub(' ', value.strip())}")
    return "\r\n".join((*lines, "", "")).encode()


def _is_info(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line[4:]), dict)
    except ValueError:
        return False


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
