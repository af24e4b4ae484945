"""Everything below a folder."""

from __future__ import annotations

import posixpath

import anyio.lowlevel

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.host.protocol import HostReader, Stat

_SLICE = 200  # entries looked at before others get the loop


@dataclass(frozen=True, slots=True)
class Entry:
    """One path below a folder and what is there."""

    path: str
    stat: Stat


async def walk(
    host: HostReader, top: str, *, depth: int | None = None, follow: bool = False
) -> list[Entry]:
    """Return what is below a folder, each folder before what is in it; names in order.

    ``depth`` = how many levels; ``follow`` enters links to folders, each folder once. What goes
    away meanwhile is left out. Raises HostError.
    """
    found: list[Entry] = []
    pending = [(top, 1)]
    entered: set[tuple[int, int]] = set()
    while pending:
        folder, level = pending.pop()
        if depth is not None and level > depth:
            continue
        if follow and not await _enter(host, folder, entered):
            continue
        below: list[tuple[str, int]] = []
        for name in await _names(host, folder):
            path = posixpath.join(folder, name)
            stat = await host.stat(path)
            if stat is None:
                continue
            found.append(Entry(path, stat))
            if len(found) % _SLICE == 0:
                await anyio.lowlevel.checkpoint()
            if stat.kind == "directory" or (follow and await _leads_to_folder(host, path, stat)):
                below.append((path, level + 1))
        pending.extend(reversed(below))
    return found


async def _names(host: HostReader, folder: str) -> tuple[str, ...]:
    try:
        return await host.listdir(folder)
    except HostError:
        if await host.stat(folder) is None:
            return ()
        raise


async def _enter(host: HostReader, folder: str, entered: set[tuple[int, int]]) -> bool:
    there = host.signature(posixpath.join(folder, "."))
    identity = (there.device, there.inode) if there is not None else (0, 0)
    if identity in entered:
        return False
    entered.add(identity)
    return True


async def _leads_to_folder(host: HostReader, path: str, stat: Stat) -> bool:
    if stat.kind != "symlink":
        return False
    there = await host.stat(path, follow=True)
    return there is not None and there.kind == "directory"
