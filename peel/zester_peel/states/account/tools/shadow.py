"""Accounts through the shadow suite: useradd, usermod, gpasswd, chage, chpasswd …"""

from __future__ import annotations

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

_AGING = {
    "date": "--lastday",
    "mindays": "--mindays",
    "maxdays": "--maxdays",
    "warndays": "--warndays",
    "inactdays": "--inactive",
    "expire": "--expiredate",
}


class ShadowTools:
    """The tools of nearly every distribution; secrets go through standard input only."""

    async def add_user(self, host: Host, user: NewUser) -> None:
        argv = ["useradd"]
        if user.uid is not None:
            argv += ["-u", str(user.uid)]
        if user.group is not None:
            argv += ["-g", user.group]
        elif user.usergroup is not None:
            argv.append("-U" if user.usergroup else "-N")
        if user.groups:
            argv += ["-G", ",".join(user.groups)]
        if user.gecos:
            argv += ["-c", user.gecos]
        if user.home is not None:
            argv += ["-d", user.home]
        argv.append("-m" if user.home_wanted else "-M")
        if user.shell is not None:
            argv += ["-s", user.shell]
        argv += ["-r"] if user.system else []
        argv += [] if user.unique else ["-o"]
        argv += [] if user.logged else ["-l"]
        await call(host, f"create user {user.name}", (*argv, "--", user.name))

    async def change_user(self, host: Host, name: str, change: UserChange) -> None:
        argv = ["usermod"]
        if change.uid is not None:
            argv += ["-u", str(change.uid)]
            argv += [] if change.unique else ["-o"]
        if change.group is not None:
            argv += ["-g", change.group]
        if change.groups is not None:
            argv += ["-G", ",".join(change.groups)]
        if change.gecos is not None:
            argv += ["-c", change.gecos]
        if change.home is not None:
            argv += ["-d", change.home]
            argv += ["-m"] if change.move_home else []
        if change.shell is not None:
            argv += ["-s", change.shell]
        if len(argv) > 1:
            await call(host, f"change user {name}", (*argv, "--", name))
        # apart: usermod takes one of these at a time
        if change.password_removed:
            await call(host, f"empty the password of {name}", ("passwd", "-d", "--", name))
        if change.locked is not None:
            verb = "lock" if change.locked else "unlock"
            flag = "-L" if change.locked else "-U"
            await call(host, f"{verb} the password of {name}", ("usermod", flag, "--", name))

    async def remove_user(self, host: Host, name: str, removal: Removal) -> None:
        argv = ["userdel"]
        argv += ["-r"] if removal.purge else []
        argv += ["-f"] if removal.force else []
        await call(host, f"remove user {name}", (*argv, "--", name))

    async def set_hash(self, host: Host, name: str, password: PasswordHash) -> None:
        await feed_hash(host, name, password)

    async def set_aging(self, host: Host, name: str, aging: Aging) -> None:
        argv = ["chage"]
        for field, option in _AGING.items():
            days = getattr(aging, field)
            if days is not None:
                argv.append(f"{option}={days}")
        await call(host, f"set the password's days of {name}", (*argv, "--", name))

    async def add_group(
        self, host: Host, name: str, gid: int | None, *, system: bool, unique: bool
    ) -> None:
        argv = ["groupadd"]
        argv += [] if gid is None else ["-g", str(gid)]
        argv += ["-r"] if system else []
        argv += [] if unique else ["-o"]
        await call(host, f"create group {name}", (*argv, "--", name))

    async def change_gid(self, host: Host, name: str, gid: int, *, unique: bool) -> None:
        more = () if unique else ("-o",)
        await call(host, f"change group {name}", ("groupmod", "-g", str(gid), *more, "--", name))

    async def remove_group(self, host: Host, name: str) -> None:
        await call(host, f"remove group {name}", ("groupdel", "--", name))

    async def add_member(self, host: Host, group: str, user: str) -> None:
        await call(host, f"add {user} to group {group}", ("gpasswd", "-a", user, "--", group))

    async def remove_member(self, host: Host, group: str, user: str) -> None:
        await call(host, f"take {user} out of group {group}", ("gpasswd", "-d", user, "--", group))
