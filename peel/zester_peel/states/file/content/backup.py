"""Copies of files, kept before they are replaced."""

from __future__ import annotations

import posixpath
import time
from typing import Literal

from zester_peel.engine.content import Content
from zester_peel.engine.fields import read_flag
from zester_peel.host.protocol import Host, Stat
from zester_peel.states.file.body import chunks
from zester_peel.states.file.edit.backup import BACKUPS

_WHERE = ("minion", "peel", "both")

Backup = Literal["minion", "master"] | None


def read_backup(value: object) -> Backup:
    """Read ``backup``: ``minion`` (or ``peel``, ``both``), ``master``, or nothing."""
    if isinstance(value, str) and value.lower() in _WHERE:
        return "minion"
    if value == "master":
        return "master"
    try:
        off = value in ("", None) or not read_flag(value)
    except ValueError:
        off = False
    if off:
        return None
    raise ValueError(f"{value!r} is no place for backups: use minion")


async def keep_copy(host: Host, path: str, found: Stat) -> str:
    """Copy a file with its owner and mode to the folder of backups; return the copy's path."""
    now = time.time()
    stamp = time.strftime("%a_%b_%d_%H:%M:%S", time.localtime(now))
    name = f"{stamp}_{int(now % 1 * 1_000_000):06d}_{time.localtime(now).tm_year}"
    folder = BACKUPS + posixpath.dirname(posixpath.normpath(path))
    await host.mkdir(folder, mode=0o700, parents=True)
    copy = f"{folder}/{posixpath.basename(path)[:200]}_{name}"
    whole = Content("", found.size, parts=(host.real(path),))
    await host.write(copy, chunks(whole), mode=found.mode, uid=found.uid, gid=found.gid)
    return copy
