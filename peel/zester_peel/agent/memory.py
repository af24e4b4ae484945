"""Give memory back: an agent that mostly waits should not hold on to what a busy moment needed."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import anyio

from zester_peel.agent.pages import CodePages

_M_TRIM_THRESHOLD = -1
_M_ARENA_MAX = -8

LOOK = 10.0
"""Seconds between two looks at how much is in use."""

GROWN = 512 * 1024
"""Bytes more than after the last time that are worth giving back."""


def spare_memory() -> None:
    """Set glibc up for a small process; call once, after the imports and before threads."""
    with suppress(OSError, AttributeError):  # another C library: it has ways of its own
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_TRIM_THRESHOLD, 256 * 1024)
    OwnMemory().give_back()
    gc.freeze()


class Memory(Protocol):
    """The memory of the process that an agent runs in."""

    def give_back(self) -> None:
        """Return to the system what is not needed while waiting: freed heap, and code."""

    def drop_code(self) -> None:
        """Return only what was read of programs and libraries."""


class SharedMemory:
    """Of a process with other users, who need not each look through all of it."""

    def give_back(self) -> None:
        return

    def drop_code(self) -> None:
        return


class OwnMemory:
    """Of a process that is the agent's alone."""

    def __init__(self) -> None:
        self._code = CodePages()

    def give_back(self) -> None:
        """Takes some milliseconds, the more the more states there are."""
        gc.collect()
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
        self._code.drop()

    def drop_code(self) -> None:
        """Takes 2 ms. Most code served the start and is not used again."""
        self._code.drop()

    async def stay_small(self) -> None:
        """Give memory back when more of it is in use than at the last look, until cancelled."""
        own, files = _resident()
        while True:
            await anyio.sleep(LOOK)
            own_now, files_now = _resident()
            if own_now > own + GROWN:
                self.give_back()
            elif files_now > files + GROWN:
                self.drop_code()
            else:
                own, files = min(own, own_now), min(files, files_now)
                continue
            own, files = _resident()


def _resident() -> tuple[int, int]:
    """Bytes of this process that are in memory, its own and those of files; 0 if nobody tells."""
    try:
        _, every, files, *_ = map(int, Path("/proc/self/statm").read_text().split())
    except (OSError, ValueError):
        return 0, 0
    page = os.sysconf("SC_PAGESIZE")
    return (every - files) * page, files * page
