"""Changing what a file holds, with all else about it kept."""

from __future__ import annotations

import errno
import os
import stat as modes

from zester_peel.host.replacement import replace_file

_CHUNK = 256 * 1024
_NOT_OURS = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EINVAL)
"""Attributes that the kernel keeps to itself, or that a file system does not take."""


class _ChangedMeanwhileError(Exception):
    """Somebody else wrote the file."""


def rewrite_file(folder: int, name: str, content: bytes, *, before: bytes) -> bool:
    """Replace the content of a file in the folder with this descriptor; raises OSError.

    Owner, mode and extended attributes (also ACLs, labels and capabilities) stay. Return False
    when the file does not hold ``before``, now or just before the new one takes its place.
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
        info = os.fstat(descriptor)
        if not modes.S_ISREG(info.st_mode) or not _holds(descriptor, before):
            return False

        def settle(new: int) -> None:
            _copy_attributes(descriptor, new)
            if not _still(folder, name, descriptor, before, info):
                raise _ChangedMeanwhileError

        replace_file(
            folder,
            name,
            (content,),
            mode=modes.S_IMODE(info.st_mode),
            uid=info.st_uid,
            gid=info.st_gid,
            settle=settle,
        )
    except _ChangedMeanwhileError:
        return False
    finally:
        os.close(descriptor)
    return True


def _still(folder: int, name: str, old: int, before: bytes, info: os.stat_result) -> bool:
    """Tell whether the name leads to the same file, with the same owner, mode and content."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    same = ("st_dev", "st_ino", "st_mode", "st_uid", "st_gid")
    return all(getattr(found, key) == getattr(info, key) for key in same) and _holds(old, before)


def _holds(descriptor: int, content: bytes) -> bool:
    place = 0
    while part := os.pread(descriptor, _CHUNK, place):
        if content[place : place + len(part)] != part:
            return False
        place += len(part)
    return place == len(content)


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
