"""Trying a content before it takes a file's place."""

from __future__ import annotations

import posixpath
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import anyio

from zester.errors import StateError
from zester_peel.host.protocol import Host
from zester_peel.states.file.ownership import Ownership

_LIMIT = 600.0  # seconds
_CLEAN_UP = 10.0


async def try_out(
    host: Host,
    command: str,
    content: bytes | Iterable[bytes],
    *,
    path: str,
    owner: Ownership,
    folder: str | None,
    suffix: str,
) -> None:
    """Run a command on a temporary file with this content; raises StateError when it fails."""
    async with _temporary(host, path, folder, suffix) as place:
        mode = 0o600 if owner.mode is None else owner.mode
        await host.write(place, content, mode=mode, uid=owner.uid, gid=owner.gid)
        script = f'{command.rstrip()} "$1"'
        said = await host.run(
            ("/bin/sh", "-c", script, "sh", str(host.real(place))), cwd="/", timeout=_LIMIT
        )
    if said.returncode != 0:
        output = "\n".join(part for part in (said.stdout.strip(), said.stderr.strip()) if part)
        raise StateError(f"check_cmd execution failed\n{output}".rstrip())


@asynccontextmanager
async def _temporary(host: Host, path: str, folder: str | None, suffix: str) -> AsyncIterator[str]:
    place = folder or "/tmp"  # noqa: S108 - a name that nobody can guess, replaced atomically
    found = await host.stat(place, follow=True)
    if found is None or found.kind != "directory":
        if folder is not None:
            raise StateError(f"tmp_dir {folder} is not a directory")
        place = posixpath.dirname(path)
    file = posixpath.join(place, f"zester-{secrets.token_hex(8)}{suffix}")
    try:
        yield file
    finally:
        with anyio.move_on_after(_CLEAN_UP, shield=True):
            await host.remove(file)
