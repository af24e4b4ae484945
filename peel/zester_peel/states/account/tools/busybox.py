"""Accounts through busybox: adduser, deluser, addgroup, delgroup, chpasswd, passwd."""

from __future__ import annotations

from typing import NoReturn

from zester.errors import StateError
from zester_peel.host.protocol import Host
from zester_peel.states.account.tools.protocol import (
    Aging,
    NewUser,
    PasswordHash,
    Removal,
    UserChange,
    call,
    feed_hash,
)


class BusyboxTools:
    """The tools of small systems: they create and remove, and change next to nothing."""

    async def add_user(self, host: Host, user: NewUser) -> None:
        if not user.unique:
            self._refuse(f"give {user.name} a uid that another user has")
        argv = ["adduser", "-D"]
        argv += [] if user.uid is None else ["-u", str(user.uid)]
        group = user.group
        if group is None and user.usergroup is False:
            group = "users"
        argv += [] if group is None else ["-G", group]
        argv += ["-g", user.gecos]
        argv += [] if user.home is None else ["-h", user.home]
        argv += [] if user.home_wanted else ["-H"]
        argv += [] if user.shell is None else ["-s", user.shell]
        argv += ["-S"] if user.system else []
        await call(host, f"create user {user.name}", (*argv, "--", user.name))
        for each in user.groups:
            await self.add_member(host, each, user.name)

    async def change_user(self, host: Host, name: str, change: UserChange) -> None:
        fixed = (change.uid, change.group, change.gecos, change.home, change.shell)
        if any(each is not None for each in fixed):
            self._refuse(f"change uid, gid, home, shell or full name of {name}")
        if change.groups is not None:
            self._refuse(f"change the groups of {name} all at once")
        if change.password_removed:
            await call(host, f"empty the password of {name}", ("passwd", "-d", "--", name))
        if change.locked is not None:
            verb = "lock" if change.locked else "unlock"
            flag = "-l" if change.locked else "-u"
            await call(host, f"{verb} the password of {name}", ("passwd", flag, "--", name))

    async def remove_user(self, host: Host, name: str, removal: Removal) -> None:
        more = ("--remove-home",) if removal.purge else ()
        await call(host, f"remove user {name}", ("deluser", *more, "--", name))

    async def set_hash(self, host: Host, name: str, password: PasswordHash) -> None:
        await feed_hash(host, name, password)

    async def set_aging(self, host: Host, name: str, aging: Aging) -> None:
        self._refuse(f"set the password's days of {name}")

    async def add_group(
        self, host: Host, name: str, gid: int | None, *, system: bool, unique: bool
    ) -> None:
        if not unique:
            self._refuse(f"give {name} a gid that another group has")
        argv = ["addgroup"]
        argv += [] if gid is None else ["-g", str(gid)]
        argv += ["-S"] if system else []
        await call(host, f"create group {name}", (*argv, "--", name))

    async def change_gid(self, host: Host, name: str, gid: int, *, unique: bool) -> None:
        self._refuse(f"change the gid of {name}")

    async def remove_group(self, host: Host, name: str) -> None:
        await call(host, f"remove group {name}", ("delgroup", "--", name))

    async def add_member(self, host: Host, group: str, user: str) -> None:
        await call(host, f"add {user} to group {group}", ("addgroup", "--", user, group))

    async def remove_member(self, host: Host, group: str, user: str) -> None:
        await call(host, f"take {user} out of group {group}", ("delgroup", "--", user, group))

    def _refuse(self, what: str) -> NoReturn:
        raise StateError(f"busybox cannot {what}", hint="install the package shadow")
