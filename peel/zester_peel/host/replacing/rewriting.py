"""Changing what a file holds, with all else about it kept."""

from __future__ import annotations

import errno
import os
import stat as modes
from collections.abc import Callable
from contextlib import suppress

from zester.dataclass import dataclass
from zester_peel.host.replacing.replacement import replace_file
from zester_peel.host.replacing.writers import wait_for_writers, written_by_others

PATIENCE = 0.15
"""Seconds that somebody may take who writes a file in place; drift is put right within 0.25 s."""

_CHUNK = 256 * 1024
_NOT_OURS = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL)
"""Attributes that the kernel keeps to itself, or that a file system does not take."""


class _ChangedMeanwhileError(Exception):
    """Somebody else wrote the file."""


def rewrite_file(folder: int, name: str, content: bytes, *, before: bytes) -> bool:
    """Replace the content of a file in the folder with this descriptor; raises OSError.

    Owner, mode and extended attributes (also ACLs, labels and capabilities) stay. Return False
    when the file does not hold ``before``, now or just before the new one takes its place.

    A file that somebody is writing in place is not read half-way: this waits for PATIENCE seconds
    until it is closed. Who opened it in the very moment of the replacement has written into a file
    without a name: that is put back, and False returned as well.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=folder)
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return False  # a link or a socket took its place
        raise
    try:
        return _rewrite(_Place(folder, name), descriptor, content, before)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class _Place:
    folder: int
    name: str

    def leads_to(self, other: os.stat_result) -> os.stat_result | None:
        """Return what is there now, None when that is not the same file."""
        try:
            found = os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found if os.path.samestat(found, other) else None


def _rewrite(place: _Place, old: int, content: bytes, before: bytes) -> bool:
    info = os.fstat(old)
    if not modes.S_ISREG(info.st_mode):
        return False
    quiet = wait_for_writers(old, PATIENCE)  # else somebody has it open for ever: go on
    if not _holds(old, before):
        return False
    made: list[os.stat_result] = []

    def settle(new: int) -> None:
        _copy_attributes(old, new)
        made.append(os.fstat(new))
        if not _still(place, old, before, info) or (quiet and written_by_others(old)):
            raise _ChangedMeanwhileError

    try:
        _replace(place, content, info, settle)
    except _ChangedMeanwhileError:
        return False
    if quiet:
        wait_for_writers(old, PATIENCE)
    if _holds(old, before):
        return True
    _put_back(place, old, made[-1], info)
    return False


def _put_back(place: _Place, old: int, ours: os.stat_result, info: os.stat_result) -> None:
    """Give the name to what somebody wrote into the file that had it, unless ours is gone."""

    def settle(new: int) -> None:
        _copy_attributes(old, new)
        if place.leads_to(ours) is None:
            raise _ChangedMeanwhileError

    with suppress(_ChangedMeanwhileError):
        _replace(place, _content(old), info, settle)


def _replace(
    place: _Place, content: bytes, like: os.stat_result, settle: Callable[[int], None]
) -> None:
    replace_file(
        place.folder,
        place.name,
        (content,),
        mode=modes.S_IMODE(like.st_mode),
        uid=like.st_uid,
        gid=like.st_gid,
        settle=settle,
    )


def _still(place: _Place, old: int, before: bytes, info: os.stat_result) -> bool:
    """Tell whether the name leads to the same file, with the same owner, mode and content."""
    found = place.leads_to(info)
    same = ("st_mode", "st_uid", "st_gid")
    return (
        found is not None
        and all(getattr(found, key) == getattr(info, key) for key in same)
        and _holds(old, before)
    )


def _holds(descriptor: int, content: bytes) -> bool:
    place = 0
    while part := os.pread(descriptor, _CHUNK, place):
        if content[place : place + len(part)] != part:
            return False
        place += len(part)
    return place == len(content)


def _content(descriptor: int) -> bytes:
    parts, place = [], 0
    while part := os.pread(descriptor, _CHUNK, place):
        parts.append(part)
        place += len(part)
    return b"".join(parts)


def _copy_attributes(old: int, new: int) -> None:
    """Copy extended attributes; those the kernel refuses are its own business."""
    try:
        names = os.listxattr(old)
    except OSError as error:
        if error.errno in _NOT_OURS:
            return
        raise
    for name in names:
        try:
            os.setxattr(new, name, os.getxattr(old, name))
        except OSError as error:
            if error.errno not in (*_NOT_OURS, errno.ENODATA):
                raise
