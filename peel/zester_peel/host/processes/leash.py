"""Commands that must not outlive the peel, remembered on disk."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from zester_peel.host.processes.groups import groups_of, signal_group

_log = logging.getLogger(__name__)

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL
_MARK = "ZESTER_COMMAND"  # the variable that names a command, as build servers mark theirs
_START_TIME = 19  # field of /proc/PID/stat, counted after the name


class Tie:
    """What holds one command; entered before it is started, left when it has ended."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    @property
    def environment(self) -> dict[str, str]:
        """What the command has to be told, so that it can be found."""
        return {} if self._file is None else {_MARK: self._file.name}

    def to(self, group: int) -> None:
        """Remember the process group that the command has been started in."""
        self._write(f" {group} {_started(group)}")

    def __enter__(self) -> Self:
        self._write(_boot())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _write(self, text: str) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with self._file.open("a") as file:  # what is there stays if we are killed here
                    file.write(text)


UNTIED = Tie()
"""For a command that may outlive us."""


class Leash:
    """One small file for each command that runs, named after what its environment carries.

    A peel that is stopped ends its commands itself. One that is killed cannot: the next one calls
    ``end_leftovers``. The files are there before the command is, and soon say which process group
    it is and when it was started, since which boot, so that nothing else is ever ended. Without
    room on disk commands run all the same, unremembered.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def announce(self) -> Tie:
        """Remember that a command is about to be started, with the environment of the tie."""
        return Tie(self._folder / secrets.token_hex(8))

    def end_leftovers(self) -> None:
        """End what a peel that was killed has left; takes at most a few seconds."""
        groups = self._leftovers()
        if not groups:
            return
        _log.warning("ending commands that a killed peel has left", extra={"count": len(groups)})
        groups = [group for group in groups if signal_group(group, signal.SIGTERM)]
        deadline = time.monotonic() + _GRACE
        while groups and time.monotonic() < deadline:
            time.sleep(0.02)  # nothing tells when a whole group has ended
            groups = [group for group in groups if signal_group(group, 0)]
        for group in groups:
            signal_group(group, signal.SIGKILL)

    def _leftovers(self) -> list[int]:
        """Forget everything; return the process groups that it was about and that still run."""
        groups: set[int] = set()
        announced: set[str] = set()
        for entry in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            with contextlib.suppress(OSError, ValueError):
                boot, *tied = entry.read_text().split()
                if boot != _boot():
                    pass
                elif not tied:
                    announced.add(entry.name)
                elif _is_the_same(group := int(tied[0]), *tied[1:]):
                    groups |= groups_of(group)
            with contextlib.suppress(OSError):
                entry.unlink()
        if announced:  # the peel was killed before it heard, or told, what it had started
            groups |= _carrying(announced)
        return sorted(groups)


def _is_the_same(group: int, started: str = "") -> bool:
    """Whether a group is the one that was written down.

    While anything of a group is left, its number is not given away; so when its first process has
    gone, the rest is still what was started.
    """
    return group > 1 and bool(started) and _started(group) in (started, "")


def _carrying(names: set[str]) -> set[int]:
    """Return the process groups of those whose environment says one of these names."""
    wanted = {f"{_MARK}={name}".encode() for name in names}
    found = set()
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile, or is not ours
                if wanted.intersection((process / "environ").read_bytes().split(b"\0")):
                    found.add(os.getpgid(int(process.name)))
    return found - {os.getpgrp()}


def _boot() -> str:
    return _BOOT.read_text().strip()


def _started(pid: int) -> str:
    """Return when a process was started in ticks since boot, empty when it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[_START_TIME]
    except (OSError, IndexError):
        return ""
