"""Copying a file, link or folder with owner and mode."""

from __future__ import annotations

import posixpath

from zester.errors import StateError
from zester_peel.engine.content import Content
from zester_peel.host.protocol import Host, Stat
from zester_peel.states.file.body import chunks
from zester_peel.states.file.ownership import Ownership
from zester_peel.states.file.tree.walk import walk


async def duplicate(
    host: Host, source: str, path: str, stat: Stat, owner: Ownership | None = None
) -> None:
    """Copy what is at ``source``; nothing may be at ``path``, unless both are files.

    ``owner`` replaces the owner, and on ``source`` itself the mode, of what is copied.
    Raises StateError for what is neither file, link nor folder, HostError.
    """
    await _one(host, source, path, stat, owner, stat.mode)
    if stat.kind != "directory":
        return
    folders = [(path, stat)]
    for entry in await walk(host, source):
        there = posixpath.join(path, entry.path[len(source.rstrip("/")) + 1 :])
        await _one(host, entry.path, there, entry.stat, owner, entry.stat.mode)
        if entry.stat.kind == "directory":
            folders.append((there, entry.stat))
    for folder, found in reversed(folders):  # a folder may be read-only: its mode comes last
        mode = found.mode if folder != path or owner is None or owner.mode is None else owner.mode
        await host.chmod(folder, mode)


async def _one(
    host: Host, source: str, path: str, stat: Stat, owner: Ownership | None, mode: int
) -> None:
    uid = stat.uid if owner is None else owner.uid
    gid = stat.gid if owner is None else owner.gid
    if stat.kind == "file":
        whole = Content("", stat.size, parts=(host.real(source),))
        await host.write(path, chunks(whole), mode=mode, uid=uid, gid=gid)
    elif stat.kind == "directory":
        await host.mkdir(path, mode=0o700)
        await host.chown(path, uid, gid)
    elif stat.kind == "symlink" and stat.target is not None:
        await host.symlink(path, stat.target)
        await host.chown(path, uid, gid)
    else:
        raise StateError(f"{source} is a device, pipe or socket: it cannot be copied")
