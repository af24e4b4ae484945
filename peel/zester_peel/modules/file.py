"""``file.…``: look at the files of the machine."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from zester.errors import StateError
from zester_peel.host.protocol import Stat
from zester_peel.modules.calling.call import Call

READ_LIMIT = 16 * 1024 * 1024


async def file_exists(call: Call, path: str) -> bool:
    """Answer whether there is a file."""
    found = await _stat(call, path, follow=True)
    return found is not None and found.kind == "file"


async def directory_exists(call: Call, path: str) -> bool:
    """Answer whether there is a folder."""
    found = await _stat(call, path, follow=True)
    return found is not None and found.kind == "directory"


async def path_exists(call: Call, path: str) -> bool:
    """Answer whether there is anything."""
    return await _stat(call, path) is not None


async def is_link(call: Call, path: str) -> bool:
    """Answer whether there is a symbolic link."""
    found = await _stat(call, path)
    return found is not None and found.kind == "symlink"


async def readlink(call: Call, path: str) -> str:
    """Answer where a symbolic link leads to."""
    found = await _stat(call, path)
    if found is None or found.target is None:
        raise StateError(f"{path} is no symbolic link")
    return found.target


async def stats(call: Call, path: str, follow_symlinks: bool = True) -> dict[str, Any]:
    """Answer owner, mode, size and times of what is there, nothing when nothing is."""
    found = await _stat(call, path, follow=follow_symlinks)
    if found is None:
        return {}
    return {
        "target": path,
        "type": {"file": "file", "directory": "dir", "symlink": "link"}.get(found.kind, "other"),
        "mode": f"{found.mode:04o}",
        "uid": found.uid,
        "gid": found.gid,
        "user": found.owner,
        "group": found.group,
        "size": found.size,
        "atime": found.accessed,
        "mtime": found.modified,
        "ctime": found.changed,
    }


async def read(call: Call, path: str, binary: bool = False) -> str:
    """Answer the content of a file as text."""
    data = await call.around.host.read(_absolute(path), limit=READ_LIMIT)
    return data.decode("latin-1" if binary else "utf-8", "replace")


async def contains(call: Call, path: str, text: str) -> bool:
    """Answer whether a file has a text in it; no when there is no file."""
    return text in await read(call, path) if await file_exists(call, path) else False


async def search(call: Call, path: str, pattern: str, ignore_if_missing: bool = False) -> bool:
    """Answer whether a regular expression matches somewhere in a file."""
    if ignore_if_missing and not await file_exists(call, path):
        return False
    try:
        return re.search(pattern, await read(call, path), re.MULTILINE) is not None
    except re.error as error:
        raise StateError(f"not a regular expression: {error.msg}") from error


async def readdir(call: Call, path: str) -> list[str]:
    """Answer the names in a folder."""
    return [".", "..", *await call.around.host.listdir(_absolute(path))]


async def get_hash(call: Call, path: str, form: str = "sha256") -> str:
    """Answer the digest of a file."""
    return await call.around.host.digest(_absolute(path), form)


async def get_mode(call: Call, path: str, follow_symlinks: bool = True) -> str:
    """Answer the permission bits of what is there, empty when nothing is."""
    return str((await stats(call, path, follow_symlinks)).get("mode", ""))


async def get_user(call: Call, path: str, follow_symlinks: bool = True) -> str:
    """Answer the owner of what is there, empty when nothing is."""
    return str((await stats(call, path, follow_symlinks)).get("user", ""))


async def get_group(call: Call, path: str, follow_symlinks: bool = True) -> str:
    """Answer the group of what is there, empty when nothing is."""
    return str((await stats(call, path, follow_symlinks)).get("group", ""))


async def _stat(call: Call, path: str, *, follow: bool = False) -> Stat | None:
    return await call.around.host.stat(_absolute(path), follow=follow)


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise StateError(f"{path!r} is not an absolute path")
    return posixpath.normpath(path)
