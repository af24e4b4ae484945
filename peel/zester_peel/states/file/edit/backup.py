"""Copies of what a file held before it was edited."""

from __future__ import annotations

import posixpath
import time

from zester_peel.engine.fields import read_flag
from zester_peel.host.protocol import Host, Stat

BACKUPS = "/var/lib/zester/file_backup"
MINION = "minion"
TIMED = "time"


def read_backup(value: object) -> str | None:
    """Read ``backup``: off, the end of the copy's name beside the file, ``minion`` or ``time``."""
    if value is None or value == "":
        return None
    try:
        return ".bak" if read_flag(value) else None
    except ValueError:
        pass
    if not isinstance(value, str) or "/" in value or "\0" in value:
        raise ValueError(f"{value!r} cannot be the end of a file name")
    return value


def read_timed(value: object) -> str | None:
    """Read the ``backup`` of ``file.line``: on = a copy with the time in its name."""
    backup = read_backup(value)
    return backup if backup in (None, MINION) else TIMED


async def keep_copy(host: Host, path: str, backup: str, data: bytes, found: Stat) -> None:
    """Keep what a file holds, with its owner and mode; raises HostError."""
    if backup == MINION:
        copy = _below(path)
        await host.mkdir(posixpath.dirname(copy), mode=0o700, parents=True)
    elif backup == TIMED:
        copy = f"{path}.{time.strftime('%Y-%m-%d-%H-%M-%S')}"
    else:
        copy = f"{path}{backup}"
    await host.write(copy, data, mode=found.mode, uid=found.uid, gid=found.gid)


def _below(path: str) -> str:
    """Return a new name in the folder of backups, in the layout Salt uses."""
    now = time.time()
    micro = f"{int(now * 1_000_000) % 1_000_000:06d}"
    stamp = time.strftime(f"%a_%b_%d_%H:%M:%S_{micro}_%Y", time.localtime(now))
    return posixpath.normpath(f"{BACKUPS}/{path.lstrip('/')}_{stamp}")
