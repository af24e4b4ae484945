"""What a file system in memory is made of."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping
from dataclasses import field
from stat import S_IFDIR, S_IFLNK, S_IFREG

from zester.dataclass import dataclass
from zester_peel.host.protocol import FileKind, Signature

_TYPES: Mapping[FileKind, int] = {"file": S_IFREG, "directory": S_IFDIR, "symlink": S_IFLNK}
_numbers = itertools.count(2)


@dataclass(slots=True, eq=False)
class Inode:
    """A file, folder or link. ``names`` are a folder's entries; times in ns since 1970."""

    kind: FileKind
    mode: int
    uid: int = 0
    gid: int = 0
    content: bytes = b""
    target: str | None = None
    names: dict[str, Inode] | None = None
    links: int = 1
    number: int = field(default_factory=lambda: next(_numbers))
    accessed_ns: int = field(default_factory=time.time_ns)
    modified_ns: int = field(default_factory=time.time_ns)
    changed_ns: int = field(default_factory=time.time_ns)
    _signature: Signature | None = None

    @classmethod
    def folder(cls, mode: int = 0o755) -> Inode:
        """Return an empty folder."""
        return cls("directory", mode, names={})

    @property
    def signature(self) -> Signature:
        """What identifies it as it is; the very same object until something changes."""
        if self._signature is None:
            self._signature = Signature(
                device=1,
                inode=self.number,
                mode=self.mode | _TYPES[self.kind],
                uid=self.uid,
                gid=self.gid,
                size=self.size,
                mtime_ns=self.modified_ns,
                ctime_ns=self.changed_ns,
            )
        return self._signature

    @property
    def size(self) -> int:
        if self.target is not None:
            return len(self.target.encode())
        return len(self.content)

    def touched(self) -> None:
        """Note that its content has changed, now."""
        self.modified_ns = time.time_ns()
        self.altered()

    def altered(self) -> None:
        """Note that something else of it has changed, now."""
        self.changed_ns = time.time_ns()
        self._signature = None
