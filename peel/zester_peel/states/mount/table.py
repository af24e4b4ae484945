"""The kernel's tables of what is mounted and what is swapped to."""

from __future__ import annotations

import re

from zester.dataclass import dataclass
from zester_peel.host.protocol import HostReader

MOUNTS = "/proc/self/mountinfo"
SWAPS = "/proc/swaps"
_LIMIT = 16 * 1024 * 1024
_TO_ESCAPE = re.compile(r"[\\ \t\n\r\v\f]|^#")
_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: ``options`` are its own, ``super_options`` those of the file system.

    ``device`` is the kernel's number (``8:1``), ``root`` the folder of the file system that is
    seen at ``point``.
    """

    point: str
    source: str
    fstype: str
    root: str
    device: str
    options: tuple[str, ...]
    super_options: tuple[str, ...]


def read_mounts(text: str) -> tuple[Mount, ...]:
    """Read mountinfo; of mounts on one point the last is the one that is seen."""
    found = []
    for line in text.split("\n"):
        fields = line.split(" ")
        if "-" not in fields[6:]:
            continue
        rest = fields[fields.index("-", 6) + 1 :]
        if len(rest) < 2:
            continue
        found.append(
            Mount(
                point=unescape(fields[4]),
                source=unescape(rest[1]),
                fstype=unescape(rest[0]),
                root=unescape(fields[3]),
                device=fields[2],
                options=_split(fields[5]),
                super_options=_split(rest[2] if len(rest) > 2 else ""),
            )
        )
    return tuple(found)


class MountTable:
    """What is mounted now; parsed anew only when the kernel says something else."""

    def __init__(self) -> None:
        self._data = b""
        self._mounts: tuple[Mount, ...] = ()

    async def read(self, host: HostReader) -> tuple[Mount, ...]:
        """Return every mount, in the order they were made; raises HostError."""
        data = await host.read(MOUNTS, limit=_LIMIT)
        if data != self._data:
            self._mounts = read_mounts(data.decode("utf-8", "surrogateescape"))
            self._data = data
        return self._mounts


def read_swaps(text: str) -> tuple[str, ...]:
    """Read the devices and files that are swapped to."""
    return tuple(unescape(line.split()[0]) for line in text.splitlines()[1:] if line.strip())


def unescape(field: str) -> str:
    """Undo the octal escapes of spaces, tabs, line ends and backslashes."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), field)


def escape(field: str) -> str:
    """Write a text as one field, one that no line begins a comment with."""
    return _TO_ESCAPE.sub(lambda found: f"\\{ord(found[0]):03o}", field)


async def swaps(host: HostReader) -> tuple[str, ...]:
    """Return what is swapped to now; raises HostError."""
    return read_swaps((await host.read(SWAPS, limit=_LIMIT)).decode("utf-8", "surrogateescape"))


def _split(field: str) -> tuple[str, ...]:
    return tuple(unescape(part) for part in field.split(",") if part)
