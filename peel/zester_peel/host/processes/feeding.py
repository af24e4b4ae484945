"""Giving a command its input."""

from __future__ import annotations

import asyncio
import fcntl
import os
import stat
import sys
import termios
from collections.abc import Awaitable, Callable

import anyio

_TAKEN = 0.5  # seconds a command gets to read its input, before it is confirmed


async def feed(
    transport: asyncio.SubprocessTransport,
    data: bytes,
    confirm: Callable[[], Awaitable[bool]] | None,
) -> bool:
    """Give a command its input; False when it must not see the end of it."""
    pipe = transport.get_pipe_transport(0)
    if not isinstance(pipe, asyncio.WriteTransport):
        return True
    pipe.write(data)
    if confirm is not None:
        with anyio.move_on_after(_TAKEN):
            # The kernel tells nobody when a pipe has been read.
            while not pipe.is_closing() and (  # noqa: ASYNC110
                pipe.get_write_buffer_size() or _unread(pipe)
            ):
                await anyio.sleep(0.0005)
        if not await confirm():
            return False
    pipe.close()
    return True


def _unread(pipe: asyncio.WriteTransport) -> int:
    """Return whether a command has input that it did not read yet."""
    descriptor = pipe.get_extra_info("pipe").fileno()
    fifo = stat.S_ISFIFO(os.fstat(descriptor).st_mode)  # else a socket: that depends on asyncio
    answer = bytearray(4)
    fcntl.ioctl(descriptor, termios.FIONREAD if fifo else termios.TIOCOUTQ, answer)
    return int.from_bytes(answer, sys.byteorder)
