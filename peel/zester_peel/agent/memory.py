"""Give memory back: an agent that mostly waits should not hold on to what a busy moment needed."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path

import anyio

_M_TRIM_THRESHOLD = -1
_M_ARENA_MAX = -8
_MADV_DONTNEED = 4

LOOK = 5.0
"""Seconds between two looks at how much is in use."""

GROWN = 2 * 1024 * 1024
"""Bytes more than waiting needs that are worth the 5 ms of giving back.

A heartbeat touches nearly as much and is due again soon.
"""


def spare_memory() -> None:
    """Set glibc up for a small process; call once, after the imports and before threads."""
    with suppress(OSError, AttributeError):  # another C library: it has ways of its own
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_TRIM_THRESHOLD, 256 * 1024)
    give_back()
    gc.freeze()


def give_back() -> None:
    """Return memory to the system that is not needed while waiting; takes some milliseconds.

    Freed heap, and what was read of programs and libraries: most of it served the start and is not
    used again. What is needed after all is mapped again from the page cache at the next use.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        for start, length in _from_files():
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_DONTNEED)


async def stay_small() -> None:
    """Give memory back whenever more of it is in use than waiting needs, until cancelled."""
    least, gave = _resident(), False
    while True:
        await anyio.sleep(LOOK)
        now = _resident()
        if now <= least + GROWN:
            least, gave = min(least, now), False
        elif gave:  # it did not help: this is what waiting needs now
            least, gave = now, False
        else:
            give_back()
            gave = True


def _resident() -> int:
    """Bytes of this process that are in memory; 0 where nobody tells."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _from_files() -> list[tuple[int, int]]:
    """Address and length of mapped files that cannot be written to and never were.

    Code and constants. What the loader has written to before it locked it (addresses) is anonymous
    memory, and would be lost.
    """
    found: list[tuple[int, int]] = []
    place: tuple[int, int] | None = None
    for line in Path("/proc/self/smaps").read_text().splitlines():
        fields = line.split(maxsplit=5)
        if not fields[0].endswith(":"):
            place = None
            if fields[1] in ("r-xp", "r--p") and len(fields) == 6 and fields[5].startswith("/"):
                start, _, end = fields[0].partition("-")
                place = int(start, 16), int(end, 16) - int(start, 16)
        elif place is not None and fields[0] == "Anonymous:" and fields[1] == "0":
            found.append(place)
    return found
