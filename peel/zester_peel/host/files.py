"""Looking at files."""

# Path objects cost more than the calls they wrap, and know no descriptors:
# ruff: noqa: PTH115, PTH116, PTH208

from __future__ import annotations

import errno
import hashlib
import os
import stat as modes
import time

import anyio.to_thread

from zester.errors import HostError
from zester_peel.host.accounts import Accounts
from zester_peel.host.paths import Paths
from zester_peel.host.protocol import FileKind, Signature, Stat
from zester_peel.host.refusal import refused
from zester_peel.host.timestamps import fine_grained

_INLINE = 1024 * 1024  # bytes; below, a thread hop costs more than the read
_RACY_NS = 20_000_000  # the kernel stamps files with a clock that ticks every 1-10 ms
_CHUNK = 256 * 1024
_ABSENT = (errno.ENOENT, errno.ENOTDIR)


class FileReader:
    """Reads files and their attributes; never changes anything, never blocks on a pipe."""

    def __init__(self, paths: Paths, accounts: Accounts) -> None:
        self._paths = paths
        self._accounts = accounts

    def stat(self, path: str, *, follow: bool = False) -> Stat | None:
        """Return what is there, None when nothing is; raises HostError when it cannot be told."""
        real = self._paths.locate(path, follow=follow)
        while True:
            try:
                found = os.stat(real, follow_symlinks=follow)
                kind = _kind(found.st_mode)
                target = os.readlink(real) if kind == "symlink" else None
            except OSError as error:
                if error.errno in _ABSENT:
                    return None
                if error.errno == errno.EINVAL:
                    continue  # the link was replaced between the two looks
                raise refused("look at", path, error) from error
            return Stat(
                kind=kind,
                mode=modes.S_IMODE(found.st_mode),
                uid=found.st_uid,
                gid=found.st_gid,
                owner=self._accounts.owner(found.st_uid),
                group=self._accounts.group(found.st_gid),
                size=found.st_size,
                target=target,
                links=found.st_nlink,
                accessed=found.st_atime,
                modified=found.st_mtime,
                changed=found.st_ctime,
            )

    def signature(self, path: str) -> Signature | None:
        """Return the signature of a path, None when nothing is there; raises HostError."""
        now = time.time_ns()
        try:
            found = os.lstat(self._paths.locate(path))
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise refused("look at", path, error) from error
        return Signature(
            device=found.st_dev,
            inode=found.st_ino,
            mode=found.st_mode,
            uid=found.st_uid,
            gid=found.st_gid,
            size=found.st_size,
            mtime_ns=found.st_mtime_ns,
            ctime_ns=found.st_ctime_ns,
            racy=now - found.st_ctime_ns < _RACY_NS and not fine_grained(found.st_dev),
        )

    def times(self, path: str) -> tuple[int, int] | None:
        """Return when a path was read and written last, in ns; links are not followed."""
        try:
            found = os.lstat(self._paths.locate(path))
        except OSError as error:
            if error.errno in _ABSENT:
                return None
            raise refused("look at", path, error) from error
        return found.st_atime_ns, found.st_mtime_ns

    async def read(self, path: str, *, limit: int) -> bytes:
        """Return a file's bytes; raises HostError, also when there are more than ``limit``."""
        descriptor, size = self._open(path)
        try:
            if size > limit:
                raise HostError(f"cannot read {path}: its {size} bytes are more than {limit}")
            if size > _INLINE:
                data = await anyio.to_thread.run_sync(_slurp, descriptor, limit + 1)
            else:
                data = _slurp(descriptor, limit + 1)
        except OSError as error:
            raise refused("read", path, error) from error
        finally:
            os.close(descriptor)
        if len(data) > limit:
            raise HostError(f"cannot read {path}: it has grown beyond {limit} bytes")
        return data

    async def digest(self, path: str, algorithm: str) -> str:
        """Return the digest of a file's bytes in hex; raises HostError."""
        descriptor, size = self._open(path)
        try:
            if size > _INLINE:
                return await anyio.to_thread.run_sync(_hash, descriptor, algorithm)
            return _hash(descriptor, algorithm)
        except OSError as error:
            raise refused("read", path, error) from error
        finally:
            os.close(descriptor)

    def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; raises HostError."""
        try:
            return tuple(sorted(os.listdir(self._paths.locate(path, follow=True))))
        except OSError as error:
            raise refused("list", path, error) from error

    def _open(self, path: str) -> tuple[int, int]:
        """Open a regular file; return descriptor and size.

        Looks before it opens: opening some devices has effects (a watchdog starts).
        """
        real = self._paths.locate(path, follow=True)
        try:
            kind = _kind(os.stat(real).st_mode)
            if kind != "file":
                what = "a directory" if kind == "directory" else "not a regular file"
                raise HostError(f"cannot read {path}: it is {what}")
            descriptor = os.open(real, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
            return descriptor, os.fstat(descriptor).st_size
        except OSError as error:
            raise refused("read", path, error) from error


def _kind(mode: int) -> FileKind:
    if modes.S_ISREG(mode):
        return "file"
    if modes.S_ISDIR(mode):
        return "directory"
    return "symlink" if modes.S_ISLNK(mode) else "other"


def _slurp(descriptor: int, most: int) -> bytes:
    parts = []
    while most > 0 and (part := os.read(descriptor, min(most, _CHUNK))):
        parts.append(part)
        most -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _hash(descriptor: int, algorithm: str) -> str:
    whole = hashlib.new(algorithm)
    while part := os.read(descriptor, _CHUNK):
        whole.update(part)
    return whole.hexdigest()
