"""Give memory back: an agent that mostly waits should not hold on to what a busy moment needed."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from pathlib import Path

_M_TRIM_THRESHOLD = -1
_M_ARENA_MAX = -8
_MADV_DONTNEED = 4


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

    Freed heap, and the code of shared libraries: most of it served the start and is not run again.
    What is needed after all is mapped again from the page cache at the next call.
    """
    gc.collect()
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.malloc_trim(0)
        for start, length in _code():
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_DONTNEED)


def _code() -> list[tuple[int, int]]:
    """Address and length of the mapped code of files; code is never written to, so it is clean."""
    found = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split(maxsplit=5)
        if fields[1] == "r-xp" and len(fields) == 6 and fields[5].startswith("/"):
            start, _, end = fields[0].partition("-")
            found.append((int(start, 16), int(end, 16) - int(start, 16)))
    return found
