"""Replacing a file as a whole: readers see the old content or the new, never a part."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterable

_BUSY_FOR = 10.0  # seconds another process may take to write the same file
_PREFIX = ".zester-"
_SUFFIX = ".tmp"


def temporary_name(name: str) -> str:
    """Return the name under which a file's next content is prepared, in the same folder.

    It is the same each time, so that what a killed process left is found and removed by the next
    write, and short, so that a name of 255 bytes has one too.
    """
    return _PREFIX + hashlib.sha256(os.fsencode(name)).hexdigest()[:16] + _SUFFIX


def is_temporary(name: str) -> bool:
    """Tell whether a name in a folder is one that ``temporary_name`` gives."""
    return name.startswith(_PREFIX) and name.endswith(_SUFFIX)


def replace_file(
    folder: int,
    name: str,
    content: Iterable[bytes],
    *,
    mode: int,
    uid: int | None,
    gid: int | None,
    settle: Callable[[int], None] | None = None,
) -> None:
    """Write a file in the folder with this descriptor; raises OSError.

    ``settle`` gets the descriptor of the finished file last; when it raises, nothing is replaced.
    The new file is private until it has its owner: a mode too wide is never visible. The folder
    itself is not synced: losing the rename in a power cut leaves the old file whole.
    """
    temporary = temporary_name(name)
    descriptor = _claim(folder, temporary)
    try:
        for part in content:
            _write_all(descriptor, part)
        made = os.fstat(descriptor)
        if uid not in (None, made.st_uid) or gid not in (None, made.st_gid):
            os.fchown(descriptor, -1 if uid is None else uid, -1 if gid is None else gid)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
        if settle is not None:
            settle(descriptor)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        if _holds(folder, temporary, descriptor):
            os.unlink(temporary, dir_fd=folder)
        raise
    finally:
        os.close(descriptor)


def _claim(folder: int, temporary: str) -> int:
    """Create the temporary file and lock it; waits for a living process that has it."""
    deadline = time.monotonic() + _BUSY_FOR
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    while True:
        try:
            descriptor = os.open(temporary, flags, 0o600, dir_fd=folder)
        except FileExistsError:
            if not _sweep(folder, temporary):
                if time.monotonic() > deadline:
                    raise OSError(errno.EBUSY, "another process is writing it") from None
                time.sleep(0.005)
            continue
        try:
            claimed = _lock(descriptor) and _holds(folder, temporary, descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        if claimed:
            return descriptor
        os.close(descriptor)  # swept between creation and lock


def _sweep(folder: int, temporary: str) -> bool:
    """Remove what a killed process left; False when its writer is alive."""
    try:
        descriptor = os.open(
            temporary,
            os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            dir_fd=folder,
        )
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENXIO):
            raise
        os.unlink(temporary, dir_fd=folder)  # a link or a socket: somebody planted it
        return True
    try:
        if not _lock(descriptor):
            return False
        if _holds(folder, temporary, descriptor):
            os.unlink(temporary, dir_fd=folder)
        return True
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.EOPNOTSUPP):
            raise  # a file system without locks: go on without
    return True


def _holds(folder: int, name: str, descriptor: int) -> bool:
    """Tell whether the name still leads to the open file."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(found, os.fstat(descriptor))


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
