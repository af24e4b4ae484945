"""The pages of programs and libraries that this process has in memory."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from pathlib import Path

_MADV_DONTNEED = 4

Place = tuple[int, int]
"""Address and length."""


class CodePages:
    """Code and constants: what of them is not used just now need not be held.

    Only mapped files that cannot be written to and never were. What the loader has written to
    before it locked it (addresses) is anonymous memory, and would be lost. Which ones these are is
    asked once for each mapping: the question takes 7 ms, all else less than one.
    """

    def __init__(self) -> None:
        self._judged: dict[str, Place | None] = {}

    def drop(self) -> None:
        """Let go of them; what is used after all is mapped again from the page cache.

        Where the kernel or the C library have no such thing, nothing happens.
        """
        with suppress(OSError, AttributeError):
            self._drop(ctypes.CDLL(None))

    def _drop(self, libc: ctypes.CDLL) -> None:
        mapped = Path("/proc/self/maps").read_text().splitlines()
        if not all(line in self._judged for line in mapped):
            self._judged = _judge()
        for line in mapped:
            place = self._judged.get(line)
            if place is not None:
                start, length = place
                libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_DONTNEED)


def _judge() -> dict[str, Place | None]:
    """Return every mapping, as the kernel writes it, with its place if it can be dropped."""
    found: dict[str, Place | None] = {}
    mapping, place = "", None
    for line in Path("/proc/self/smaps").read_text().splitlines():
        fields = line.split(maxsplit=5)
        if not fields[0].endswith(":"):
            mapping, place = line, None
            found[mapping] = None
            if fields[1] in ("r-xp", "r--p") and len(fields) == 6 and fields[5].startswith("/"):
                start, _, end = fields[0].partition("-")
                place = int(start, 16), int(end, 16) - int(start, 16)
        elif fields[0] == "Anonymous:" and fields[1] == "0":
            found[mapping] = place
    return found
