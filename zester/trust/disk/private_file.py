"""Files that hold secrets: mode 0600 from their first moment, whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from zester.errors import SettingsError

OTHERS = stat.S_IRWXG | stat.S_IRWXO
LARGEST = 4 * 1024 * 1024


def write_private(path: Path, data: str | bytes) -> None:
    """Write a file that only its owner can read; after a crash it is the old or the new one."""
    write_whole(path, data, 0o600)


def write_public(path: Path, data: str | bytes) -> None:
    """Write a file that anybody may read; after a crash it is the old or the new one."""
    write_whole(path, data, 0o644)


def write_whole(path: Path, data: str | bytes, mode: int) -> None:
    """Write beside, to the disk, then rename: nobody ever sees a half or an open file."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)  # of a process that died and had our number
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(beside, flags, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data.encode() if isinstance(data, str) else data)
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """Read a file that nobody but its owner can read; raises SettingsError.

    A file of root may be readable for a group of ours: so a pod gets its Secrets. They are links
    into the same folder; links out of it are refused.
    """
    try:
        handle = os.open(
            _in_its_folder(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise SettingsError(f"{path} is not a file")
    with os.fdopen(handle, "rb") as file:
        if found.st_uid not in (0, os.geteuid()):
            raise SettingsError(f"{path} belongs to user {found.st_uid}, neither to you nor root")
        if found.st_mode & OTHERS & ~_lent(found):
            raise SettingsError(f"{path}: others can read it", hint=f"chmod 600 {path}")
        if found.st_size > LARGEST:
            raise SettingsError(f"{path} is larger than any file of keys")
        return file.read(LARGEST)


def _in_its_folder(path: Path) -> Path:
    """Return what a link of a folder to itself leads to; any other path as it is."""
    if path.is_symlink():
        real = path.resolve()
        if real.is_relative_to(path.parent.resolve()):
            return real
    return path


def _lent(found: os.stat_result) -> int:
    """Return the bits that let us read what root owns, as one of a group and no other way."""
    ours = found.st_gid in (os.getegid(), *os.getgroups())
    return stat.S_IRGRP if found.st_uid == 0 and os.geteuid() != 0 and ours else 0


def read_text(path: Path) -> str:
    """Read a file that anybody may read; raises SettingsError."""
    try:
        if path.stat().st_size > LARGEST:
            raise SettingsError(f"{path} is larger than any file of keys")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(f"{path}: {why}") from error


def make_private_folder(path: Path) -> None:
    """Make a folder of mode 0700, as are those above it that are missing; fine when it is there."""
    if not path.parent.exists():
        make_private_folder(path.parent)
    path.mkdir(exist_ok=True, mode=0o700)
    path.chmod(0o700)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
