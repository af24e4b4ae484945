"""The operating system's "no", in our words."""

from __future__ import annotations

import errno
import os

from zester.errors import HostError

_HINTS = {
    errno.EACCES: "run the peel as root, or give its user access to the path",
    errno.EPERM: "run the peel as root, or look for an immutable flag (lsattr)",
    errno.EROFS: "the file system is mounted read-only",
    errno.ENOSPC: "the file system is full: free some space",
    errno.EDQUOT: "the disk quota is used up",
    errno.ELOOP: "follow the symbolic links by hand: they lead in a circle",
}


def refused(action: str, path: str, error: OSError) -> HostError:
    """Return the HostError for an OSError: what was tried, on which path, why not, as which uid."""
    why = (error.strerror or str(error)).lower()
    if error.errno in (errno.EACCES, errno.EPERM):
        why = f"{why} (uid {os.geteuid()})"
    return HostError(
        f"cannot {action} {path}: {why}", hint=_HINTS.get(error.errno) if error.errno else None
    )
