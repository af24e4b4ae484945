"""The table of file systems, ``/etc/fstab``: lines are changed, the rest stays byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from zester.dataclass import dataclass
from zester_peel.states.mount.table import escape, unescape

Difference = Literal["new", "change"]
KEYS = ("name", "device", "fstype", "opts", "dump", "pass_num")
# Their devices are no names of anything: an entry is recognised by its mount point.
_BY_POINT = re.compile(
    "none|tmpfs|sysfs|proc|fusectl|debugfs|securityfs|devtmpfs|cgroup2?"
    "|nfs4?|glusterfs|btrfs|ceph|overlay|ramfs|bpf|tracefs"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line's fields, without escapes."""

    name: str
    device: str
    fstype: str
    opts: str = "defaults"
    dump: int = 0
    pass_num: int = 0

    def line(self) -> str:
        """Write it as a line."""
        return (
            f"{escape(self.device)}\t\t{escape(self.name)}\t{escape(self.fstype)}\t"
            f"{escape(self.opts)}\t{self.dump}\t{self.pass_num}\n"
        )

    def agrees(self, other: Entry, keys: Iterable[str]) -> bool:
        """Whether both have the same in these fields."""
        return all(getattr(self, key) == getattr(other, key) for key in keys)


@dataclass(frozen=True, slots=True)
class Fstab:
    """A table: its ``lines`` with their ends, and the entries by their number."""

    lines: tuple[str, ...]
    entries: dict[int, Entry]

    def matches(self, wish: Entry, match_on: tuple[str, ...]) -> tuple[int, ...]:
        """Return the lines that are about the same mount.

        ``auto`` = the mount point for file systems without a device of their own, else the device,
        and where no line has that one the mount point.
        """
        if match_on != ("auto",):
            return self._with(wish, match_on)
        if _BY_POINT.fullmatch(wish.fstype):
            return self._with(wish, ("name",))
        found = self._with(wish, ("device",))
        return found or (() if wish.name == "none" else self._with(wish, ("name",)))

    def difference(self, wish: Entry, match_on: tuple[str, ...]) -> Difference | None:
        """Return what has to happen to the table."""
        found = self.matches(wish, match_on)
        if not found:
            return "new"
        right = all(self.entries[number] == wish for number in found)
        return None if right else "change"

    def with_entry(self, wish: Entry, match_on: tuple[str, ...]) -> str:
        """Return the text with the entry."""
        lines = list(self.lines)
        found = self.matches(wish, match_on)
        for number in found:
            if self.entries[number] != wish:
                lines[number] = wish.line()
        if not found:
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += "\n"
            lines.append(wish.line())
        return "".join(lines)

    def at(self, point: str, device: str | None = None) -> tuple[int, ...]:
        """Return the lines of a mount point, of that device only when one is given."""
        return tuple(
            number
            for number, entry in self.entries.items()
            if entry.name == point and device in (None, entry.device)
        )

    def without(self, point: str, device: str | None = None) -> str:
        """Return the text without the lines that ``at`` finds."""
        gone = set(self.at(point, device))
        return "".join(line for number, line in enumerate(self.lines) if number not in gone)

    def _with(self, wish: Entry, keys: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(number for number, entry in self.entries.items() if entry.agrees(wish, keys))


def read_fstab(text: str) -> Fstab:
    """Read a table; comments and lines nobody understands are no entries."""
    parts = text.split("\n")
    lines = [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    entries = {}
    for number, line in enumerate(lines):
        written = re.split(r"[ \t]+", line.strip(" \t\r\n"))
        if len(written) < 3 or written[0].startswith("#"):
            continue
        fields = [unescape(field) for field in written]
        numbers = [*fields[4:6], "0", "0"]
        if not (numbers[0].isdecimal() and numbers[1].isdecimal()):
            continue
        name = fields[1].rstrip("/") or fields[1][:1]
        options = fields[3] if len(fields) > 3 else "defaults"
        entries[number] = Entry(
            name, fields[0], fields[2], options, int(numbers[0]), int(numbers[1])
        )
    return Fstab(tuple(lines), entries)
