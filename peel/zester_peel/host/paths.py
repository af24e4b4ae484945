"""From the paths that states name to the paths of this machine."""

# Path objects cost more than the calls they wrap, and know no descriptors:
# ruff: noqa: PTH115

from __future__ import annotations

import errno
import os
from pathlib import Path

from zester.errors import HostError
from zester_peel.host.refusal import refused

_MAX_LINKS = 40


class Paths:
    """Maps absolute paths below a root.

    With the root ``/`` the kernel does the work. With any other root links are followed here, the
    way ``chroot`` would: an absolute target starts at the root again and ``..`` stops there. That
    keeps honest trees inside; it is no jail for somebody who changes links while we look.
    """

    def __init__(self, root: Path) -> None:
        self.root = os.path.realpath(root)
        self.whole_machine = self.root == "/"

    def locate(self, path: str, *, follow: bool = False) -> str:
        """Return the real path; links in the last component are followed only on ``follow``.

        With the root ``/`` the answer may still contain links: hand it to a call that follows, or
        does not follow, as needed. Raises HostError for what cannot be a path and for link loops.
        """
        path = self._checked(path)
        return path if self.whole_machine else self._walk(path, follow)

    def _checked(self, path: str) -> str:
        if not path.startswith("/"):
            raise HostError(f"{path!r} is not an absolute path", hint="start it with /")
        if "\0" in path:
            raise HostError(f"{path!r} contains a zero byte: no file can be called that")
        if not path.isascii():
            try:
                os.fsencode(path)
            except UnicodeEncodeError as error:
                raise HostError(f"{path!r} cannot be encoded as a file name") from error
        while path.endswith(("/", "/.")) and path != "/":
            path = path[:-1].rstrip("/") or "/"
        return path

    def _walk(self, path: str, follow: bool) -> str:
        pending = path.split("/")[::-1]
        real = [self.root]
        links = 0
        while pending:
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if len(real) > 1:
                    real.pop()
                continue
            here = f"{real[-1]}/{part}"
            target = self._target(here, path) if pending or follow else None
            if target is None:
                real.append(here)
                continue
            links += 1
            if links > _MAX_LINKS:
                raise refused(
                    "resolve", path, OSError(errno.ELOOP, "too many levels of symbolic links")
                )
            if target.startswith("/"):
                del real[1:]
            pending.extend(target.split("/")[::-1])
        return real[-1]

    def _target(self, here: str, path: str) -> str | None:
        try:
            return os.readlink(here)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT, errno.ENOTDIR):
                return None
            raise refused("resolve", path, error) from error
