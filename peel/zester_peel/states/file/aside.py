"""What stands in the way of a folder or link: refused, removed, or moved aside."""

from __future__ import annotations

import posixpath
from typing import Annotated

from pydantic import AfterValidator

from zester.errors import StateError
from zester_peel.engine.fields import Text
from zester_peel.host.protocol import Host


def _usable(name: str) -> str:
    if "\0" in name or name in ("", ".", "..") or ("/" in name and not name.startswith("/")):
        raise ValueError(f"{name!r} is neither an absolute path nor a file name")
    return name


BackupName = Annotated[Text, AfterValidator(_usable)]
"""Where an obstacle goes: an absolute path, or a name in the same folder."""


def aside(
    name: str, obstacle: str, wished: str, force: bool, backupname: str | None
) -> dict[str, str]:
    """Return the changes that make way; raises StateError when nobody allows them."""
    if backupname is not None:
        return {"backup": f"{name} is renamed to {_where(name, backupname)}"}
    if force:
        return {"forced": f"{obstacle} in the way is removed"}
    article = "symbolic link" if wished == "symlink" else wished
    raise StateError(
        f"{name} exists and is a {obstacle}, not a {article}",
        hint="set force: true to replace it",
    )


async def move_aside(host: Host, path: str, backupname: str | None, *, force: bool) -> None:
    """Remove what is in the way, or rename it; raises StateError when that place is taken."""
    if backupname is None:
        await host.remove(path)
        return
    backup = _where(path, backupname)
    if await host.stat(backup) is not None:
        if not force:
            raise StateError(
                f"the place for the backup of {path} is taken: {backup}",
                hint="set force: true to replace it",
            )
        await host.remove(backup)
    await host.rename(path, backup)


def _where(path: str, backupname: str) -> str:
    return posixpath.join(posixpath.dirname(path), backupname)
