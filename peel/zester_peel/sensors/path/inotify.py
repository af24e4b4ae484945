"""Linux inotify through libc.

Not the asyncinotify package: its NONBLOCK constant is O_CLOEXEC, so a queue cannot be emptied
without blocking; importing it starts ``ldconfig``; and it spends six times as long on an event.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from zester.dataclass import dataclass

MODIFY = 0x2
ATTRIB = 0x4
CLOSE_WRITE = 0x8
MOVED_FROM = 0x40
MOVED_TO = 0x80
CREATE = 0x100
DELETE = 0x200
DELETE_SELF = 0x400
MOVE_SELF = 0x800
UNMOUNT = 0x2000
OVERFLOW = 0x4000
IGNORED = 0x8000
ONLY_FOLDERS = 0x1000000
DONT_FOLLOW = 0x2000000
SKIP_UNLINKED = 0x4000000
ADD_TO_MASK = 0x20000000
NAMES = CREATE | DELETE | MOVED_FROM | MOVED_TO

_HEAD = struct.Struct("iIII")
_BUFFER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event: watch descriptor (-1 on overflow), mask, and the name inside the folder."""

    descriptor: int
    mask: int
    name: str


class Inotify:
    """One inotify instance. Every method raises OSError as the kernel does."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        if not hasattr(self._libc, "inotify_init1"):
            raise OSError(errno.ENOSYS, "this system has no inotify")
        self._libc.inotify_add_watch.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
        self._libc.inotify_rm_watch.argtypes = (ctypes.c_int, ctypes.c_int)
        self.descriptor = self._checked(
            self._libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK), "inotify"
        )

    def add(self, path: str, mask: int) -> int:
        """Watch a path; return its watch descriptor, the old one when it is watched already."""
        return self._checked(
            self._libc.inotify_add_watch(self.descriptor, os.fsencode(path), mask), path
        )

    def remove(self, descriptor: int) -> None:
        """Stop watching; what the kernel has removed already is fine."""
        self._libc.inotify_rm_watch(self.descriptor, descriptor)

    def read(self) -> list[Event]:
        """Return at most 64 KiB of waiting events, none when there are none."""
        try:
            data = os.read(self.descriptor, _BUFFER)
        except BlockingIOError:
            return []
        events: list[Event] = []
        place, end = 0, len(data)
        while place < end:
            descriptor, mask, _, length = _HEAD.unpack_from(data, place)
            place += _HEAD.size
            name = data[place : place + length].rstrip(b"\0")
            place += length
            events.append(Event(descriptor, mask, os.fsdecode(name)))
        return events

    def close(self) -> None:
        """Close it; the kernel drops every watch."""
        os.close(self.descriptor)

    def _checked(self, result: int, what: str) -> int:
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), what)
        return result
