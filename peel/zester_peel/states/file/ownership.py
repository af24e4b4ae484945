"""Owner, group and mode of a path: what is wished, what differs, setting it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from stat import S_IFDIR, S_IFLNK, S_IFMT, S_IFREG

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.state import Proof
from zester_peel.host.protocol import FileKind, Host, HostReader, Stat

_TYPES: Mapping[FileKind, int] = {"file": S_IFREG, "directory": S_IFDIR, "symlink": S_IFLNK}


@dataclass(frozen=True, slots=True)
class Ownership:
    """The wish with the ids this machine knows; None = leave as it is.

    ``uid``/``gid`` are None as well when ``user``/``group`` is not known here.
    """

    user: str | None = None
    group: str | None = None
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None

    def differences(self, found: Stat | None) -> dict[str, str]:
        """Return what has to change, in Salt's words; ``found`` None = about to be created."""
        changes: dict[str, str] = {}
        if self.mode is not None and (found is None or found.mode != self.mode):
            changes["mode"] = f"{self.mode:04o}"
        uid, gid = (os.geteuid(), os.getegid()) if found is None else (found.uid, found.gid)
        if self.user is not None and self.uid != uid:
            changes["user"] = self.user
        if self.group is not None and self.gid != gid:
            changes["group"] = self.group
        return changes

    def demand_known(self) -> None:
        """Raise StateError when the machine has no such user or group."""
        if self.user is not None and self.uid is None:
            raise StateError(
                f"user {self.user!r} does not exist", hint="create it with an earlier state"
            )
        if self.group is not None and self.gid is None:
            raise StateError(
                f"group {self.group!r} does not exist", hint="create it with an earlier state"
            )

    async def settle(self, host: Host, path: str, found: Stat, *, below: str | None = None) -> None:
        """Set what differs on an existing path: owner first, since that drops special bits.

        ``below`` as in ``Host.chmod``.
        """
        uid = self.uid if self.uid != found.uid else None
        gid = self.gid if self.gid != found.gid else None
        if uid is not None or gid is not None:
            await host.chown(path, uid, gid, below=below)
        dropped = (uid is not None or gid is not None) and found.mode & 0o6000
        mode = found.mode if self.mode is None else self.mode
        if mode != found.mode or dropped:
            await host.chmod(path, mode, below=below)


def wish(host: HostReader, user: str | None, group: str | None, mode: int | None) -> Ownership:
    """Return the wish with ids looked up on this machine."""
    return Ownership(
        user=user,
        group=group,
        mode=mode,
        uid=None if user is None else host.user_id(user),
        gid=None if group is None else host.group_id(group),
    )


def proof_of(
    kind: FileKind, host: HostReader, path: str, user: str | None, group: str | None
) -> Proof | None:
    """Return the proof of a state that depends on one path of a kind and its owner alone.

    None for another kind, and for what was written so lately that a change could hide behind it.
    """
    found = host.signature(path)
    if found is None or S_IFMT(found.mode) != _TYPES[kind]:
        return None
    identity: object = found
    if kind == "directory":  # what is in it makes no difference
        identity = (found.device, found.inode, found.mode, found.uid, found.gid)
    elif found.racy:
        return None
    uid = None if user is None else host.user_id(user)
    gid = None if group is None else host.group_id(group)
    return Proof({path: found}, (identity, uid, gid))


def needed(user: str | None, group: str | None) -> Iterable[str]:
    """Yield the accounts as resources."""
    if user is not None:
        yield f"user:{user}"
    if group is not None:
        yield f"group:{group}"
