"""Commands that must not outlive the peel, remembered on disk."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import time
from pathlib import Path

_log = logging.getLogger(__name__)

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL
_START_TIME = 19  # field of /proc/PID/stat, counted after the name


class Leash:
    """One small file for each command that runs, named after its process group.

    A peel that is stopped ends its commands itself. One that is killed cannot: the next one calls
    ``end_leftovers``. The files say when the command was started and since which boot, so that
    nothing else is ever ended. Without room on disk commands run all the same, unremembered.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tie(self, group: int) -> None:
        """Remember a command that has just been started in a process group of its own."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / str(group)).write_text(f"{_boot()} {_started(group)}")

    def untie(self, group: int) -> None:
        """Forget a command that has ended."""
        with contextlib.suppress(OSError):
            (self._folder / str(group)).unlink()

    def end_leftovers(self) -> None:
        """End what a peel that was killed has left; takes at most a few seconds."""
        groups = []
        for entry in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
            with contextlib.suppress(OSError, ValueError):
                group, said = int(entry.name), entry.read_text()
                if group > 1 and _is_the_same(group, said):
                    groups.append(group)
            with contextlib.suppress(OSError):
                entry.unlink()
        if not groups:
            return
        _log.warning("ending commands that a killed peel has left", extra={"count": len(groups)})
        groups = [group for group in groups if _signal(group, signal.SIGTERM)]
        deadline = time.monotonic() + _GRACE
        while groups and time.monotonic() < deadline:
            time.sleep(0.02)  # nothing tells when a whole group has ended
            groups = [group for group in groups if _signal(group, 0)]
        for group in groups:
            _signal(group, signal.SIGKILL)


def _is_the_same(group: int, said: str) -> bool:
    """Whether a group is the one that was written down.

    While anything of a group is left, its number is not given away; so when its first process has
    gone, the rest is still what was started.
    """
    boot, _, started = said.partition(" ")
    if boot != _boot() or not started:
        return False
    now = _started(group)
    return now in (started, "")


def _boot() -> str:
    return _BOOT.read_text().strip()


def _started(pid: int) -> str:
    """Return when a process was started in ticks since boot, empty when it has gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[_START_TIME]
    except (OSError, IndexError):
        return ""


def _signal(group: int, number: int) -> bool:
    """Send a signal to a process group; False when it is gone."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:
        return number == 0
    return True
