"""The sensor for network addresses: the kernel says when one comes or goes."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable, Iterator

import anyio

from zester.errors import HostError

_GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400  # links, IPv4 and IPv6 addresses and routes
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_LINKS_AND_ADDRESSES = (16, 17, 20, 21)
_ROUTES = (24, 25)
_LARGEST = 64 * 1024
_SETTLE = 0.3  # seconds; one change of configuration is many messages
_PAUSE = 2.0  # seconds at least between two calls


class AddressSensor:
    """Calls back when an address, an interface or a default route may have changed.

    Where the kernel cannot be listened to, ``look`` is compared every ``poll_interval`` seconds; it
    raises OSError when it cannot tell.
    """

    def __init__(self, look: Callable[[], object], *, poll_interval: float = 10.0) -> None:
        self._look = look
        self._poll_interval = poll_interval

    async def run(self, changed: Callable[[], None]) -> None:
        """Work until cancelled."""
        try:
            listener = _listener()
        except HostError:
            await self._poll(changed)
            return
        with listener:
            while True:
                await anyio.wait_readable(listener)
                if not _concerns(listener):
                    continue
                await anyio.sleep(_SETTLE)
                _concerns(listener)
                changed()
                await anyio.sleep(_PAUSE)

    async def _poll(self, changed: Callable[[], None]) -> None:
        last = self._seen()
        while True:
            await anyio.sleep(self._poll_interval)
            now = self._seen()
            if now != last:
                last = now
                changed()

    def _seen(self) -> object:
        try:
            return self._look()
        except OSError:
            return None


def _listener() -> socket.socket:
    """Return a socket that hears of changes; raises HostError."""
    try:
        made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        try:
            made.setblocking(False)
            made.bind((0, _GROUPS))
        except OSError:
            made.close()
            raise
    except OSError as error:
        raise HostError(
            f"cannot listen for network changes: {os.strerror(error.errno or 0)}"
        ) from error
    return made


def _concerns(listener: socket.socket) -> bool:
    """Read all there is; return whether any of it concerns addresses."""
    found = False
    while True:
        try:
            data = listener.recv(_LARGEST)
        except BlockingIOError:
            return found
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise HostError(f"network changes: {error.strerror}") from error
            found = True  # more was said than fitted: anything may have changed
            continue
        found = any([concerns(kind, body) for kind, body in messages(data)]) or found


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Split what the kernel sent into types and bodies."""
    while len(data) >= _HEADER.size:
        length, kind, *_ = _HEADER.unpack_from(data)
        if not _HEADER.size <= length <= len(data):
            return
        yield kind, data[_HEADER.size : length]
        data = data[(length + 3) & ~3 :]


def concerns(kind: int, body: bytes) -> bool:
    """Whether a message may change a fact: of routes only a default one (no bits of a network)."""
    return kind in _LINKS_AND_ADDRESSES or (kind in _ROUTES and len(body) > 1 and body[1] == 0)
