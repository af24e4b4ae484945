"""The folder above a path."""

from __future__ import annotations

import posixpath

from zester.errors import StateError
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.ownership import Ownership


async def missing_parent(host: HostReader, path: str) -> str | None:
    """Return the folder above a path when nothing is there, else None.

    Raises StateError when something else than a folder is there.
    """
    above = posixpath.dirname(path)
    found = await host.stat(above, follow=True)
    if found is None:
        return above
    if found.kind != "directory":
        raise StateError(f"{above} is not a directory: nothing can be created in it")
    return None


async def prepare_parent(
    host: Host, path: str, *, makedirs: bool, mode: int, owner: Ownership
) -> None:
    """Create the folders above a path, each with this mode and owner.

    Raises StateError when they are missing and ``makedirs`` is off.
    """
    above = await missing_parent(host, path)
    if above is None:
        return
    if not makedirs:
        raise StateError(
            f"parent folder {above} of {path} does not exist",
            hint="set makedirs: true, or manage the folder with file.directory",
        )
    for folder in await host.mkdir(above, mode=mode, parents=True):
        found = await host.stat(folder)
        if found is not None:
            await Ownership(uid=owner.uid, gid=owner.gid).settle(host, folder, found)


def folder_mode(mode: int | None) -> int:
    """Return the mode for folders above a file: who may do anything with it may enter."""
    if mode is None:
        return 0o755
    bits = mode & 0o777
    return bits | sum(1 << shift for shift in (6, 3, 0) if bits >> shift & 7)
