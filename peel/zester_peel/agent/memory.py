"""Give memory back: an agent that mostly waits should not hold on to what a busy moment needed."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_M_TRIM_THRESHOLD = -1
_M_ARENA_MAX = -8


def spare_memory() -> None:
    """Set glibc up for a small process; call once, after the imports and before threads."""
    with suppress(OSError, AttributeError):  # another C library: it has ways of its own
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_TRIM_THRESHOLD, 256 * 1024)
    give_back()
    gc.freeze()


def give_back() -> None:
    """Return freed memory to the system; takes some milliseconds."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
