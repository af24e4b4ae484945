"""Where facts come from: files below a root, and what only the running system can tell."""

# ruff: noqa: PTH208 - listing a few folders of sysfs needs no paths

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.facts.addresses import Address, addresses
from zester_peel.host.paths import Paths

_LARGEST = 1024 * 1024

Usage = tuple[int, int, int]
"""Size, used and free bytes of a file system."""


def usage(mount: str) -> Usage:
    """Measure a mounted file system; raises OSError."""
    found = os.statvfs(mount)
    size, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    return size, size - found.f_bfree * found.f_frsize, free


@dataclass(frozen=True)
class Source:
    """The inputs of every collector; tests hand in recorded ones.

    ``root`` holds ``etc``, ``usr``, ``run`` and ``var``; ``kernel`` holds ``proc`` and ``sys``.
    """

    node_id: str
    root: Path = Path("/")
    kernel: Path = Path("/")
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    addresses: Callable[[], list[Address]] = addresses
    usage: Callable[[str], Usage] = usage
    uid: int = field(default_factory=os.getuid)
    gid: int = field(default_factory=os.getgid)
    machine: str = field(default_factory=lambda: os.uname().machine)

    def text(self, path: str) -> str:
        """Return the text of a file, empty when it cannot be read; at most 1 MiB."""
        try:
            descriptor = os.open(self._locate(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, HostError):
            return ""
        try:
            data = b""
            while len(data) < _LARGEST and (part := os.read(descriptor, _LARGEST)):
                data += part
        except OSError:
            return ""
        finally:
            os.close(descriptor)
        return data.decode("utf-8", "replace")

    def line(self, path: str) -> str:
        """Return the first line of a file without blanks around it."""
        return self.text(path).partition("\n")[0].strip(" \t\r\0")

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted; none when there is no such folder."""
        try:
            return sorted(os.listdir(self._locate(path)))
        except (OSError, HostError):
            return []

    def exists(self, path: str) -> bool:
        """Whether something is there."""
        try:
            return os.path.lexists(self._locate(path))
        except HostError:
            return False

    def status(self, path: str) -> os.stat_result:
        """Return what the file system says of a path, links followed; raises OSError."""
        try:
            return os.stat(self._locate(path))  # noqa: PTH116 - the path is a text
        except HostError as error:
            raise OSError(errno.ELOOP, "too many levels of symbolic links") from error

    def mode(self, path: str) -> int:
        """Return the permission bits of a regular file, 0 of anything else."""
        try:
            found = self.status(path)
        except OSError:
            return 0
        return stat.S_IMODE(found.st_mode) if stat.S_ISREG(found.st_mode) else 0

    def link(self, path: str) -> str:
        """Return the text of a link, empty when there is none."""
        try:
            return os.readlink(self._paths(path).locate(path))  # noqa: PTH115 - the text
        except (OSError, HostError):
            return ""

    def _locate(self, path: str) -> str:
        return self._paths(path).locate(path, follow=True)

    def _paths(self, path: str) -> Paths:
        return self._below_kernel if path.startswith(("/proc/", "/sys/")) else self._below_root

    @cached_property
    def _below_root(self) -> Paths:
        return Paths(self.root)

    @cached_property
    def _below_kernel(self) -> Paths:
        return Paths(self.kernel)
