"""What a server says on one connection, read as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from nats.errors import ProtocolError, UnexpectedEOF

LONGEST_LINE = 64 * 1024
"""Bytes without an end of line that are not NATS."""

Hear = Callable[[int, bytes, bytes, bytes, bytes], None]
"""Takes a message: subscription, subject, reply, headers, data."""

READ_AT_ONCE = 32 * 1024
"""Bytes that a TLS connection keeps for reading; asyncio's quarter of a MiB is there when idle."""

_END = b"\r\n"


class Wire(asyncio.Protocol):
    """Takes a connection over from a stream reader, once the greeting is done.

    ``hear`` is called for each message, ``pong`` for each answer to a ping, ``ping`` for what has
    to be answered. Complaints of the server, and at last why there is nothing more to read, come
    from ``news``. ``alive`` is set whenever anything arrives.
    """

    def __init__(self, hear: Hear, pong: Callable[[], None], ping: Callable[[], None]) -> None:
        self.news: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.alive = True
        self._hear = hear
        self._simple = {b"PONG": pong, b"PING": ping, b"+OK": _nothing}
        self._before: asyncio.StreamReaderProtocol | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._needed = 0
        self._over = False

    def take_over(self, reader: asyncio.StreamReader, transport: asyncio.WriteTransport) -> None:
        """Read from now on what the reader would, beginning with what it has already."""
        before = transport.get_protocol()
        assert isinstance(before, asyncio.StreamReaderProtocol)  # noqa: S101 - nats-py's own
        self._before = before
        transport.set_protocol(self)
        _shrink(transport)
        early = bytes(reader._buffer)  # type: ignore[attr-defined]  # its only way to tell at once
        if early:
            self.data_received(early)
        if reader.at_eof() or transport.is_closing():
            self._end(UnexpectedEOF())

    def data_received(self, data: bytes) -> None:
        self.alive = True
        if self._over:
            return
        self._size += len(data)
        if self._parts:
            self._parts.append(data)
            if self._size < self._needed:
                return
            data = b"".join(self._parts)
        try:
            at = self._read(data)
        except (ProtocolError, ValueError):
            at = len(data)
            self._end(ProtocolError("the server sent something that is not NATS"))
        rest = data[at:]
        self._parts = [rest] if rest else []
        self._size = len(rest)

    def _read(self, data: bytes) -> int:
        """Hand over what is whole; return how far that is."""
        at, size = 0, len(data)
        self._needed = 0
        while at < size and not self._over:
            end = data.find(_END, at)
            if end < 0:
                if size - at > LONGEST_LINE:
                    raise ProtocolError
                break
            words = data[at:end].split()
            operation = words[0] if words else b""
            if operation in (b"MSG", b"HMSG"):
                stop = self._message(data, words, end + 2)
                if stop > size:
                    self._needed = stop - at
                    break
                at = stop
                continue
            simple = self._simple.get(operation)
            if simple is not None:
                simple()
            elif operation in (b"-ERR", b"INFO"):
                self.news.put_nowait(data[at:end])
            else:
                raise ProtocolError
            at = end + 2
        return at

    def _message(self, data: bytes, words: list[bytes], start: int) -> int:
        """Hand a message over when it is there; return where it ends."""
        most = 5 if words[0] == b"MSG" else 6
        if not most - 1 <= len(words) <= most or not all(
            map(bytes.isdigit, (words[2], *words[4 - most :]))
        ):
            raise ProtocolError
        size = int(words[-1])
        head = int(words[-2]) if most == 6 else 0
        stop = start + size
        if head > size:
            raise ProtocolError
        if stop + 2 <= len(data):
            reply = words[3] if len(words) == most else b""
            body = start + head
            self._hear(int(words[2]), words[1], reply, data[start:body], data[body:stop])
        return stop + 2

    def _end(self, problem: Exception) -> None:
        if not self._over:
            self._over = True
            self.news.put_nowait(problem)

    def eof_received(self) -> None:
        self._end(UnexpectedEOF())

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or UnexpectedEOF())
        if self._before is not None:
            self._before.connection_lost(exc)

    def pause_writing(self) -> None:
        if self._before is not None:
            self._before.pause_writing()

    def resume_writing(self) -> None:
        if self._before is not None:
            self._before.resume_writing()


def _shrink(transport: asyncio.WriteTransport) -> None:
    protocol: Any = getattr(transport, "_ssl_protocol", None)  # private: may be otherwise one day
    if hasattr(protocol, "_ssl_buffer_view"):
        protocol.max_size = READ_AT_ONCE
        protocol._ssl_buffer = bytearray(READ_AT_ONCE)
        protocol._ssl_buffer_view = memoryview(protocol._ssl_buffer)


def _nothing() -> None:
    return
