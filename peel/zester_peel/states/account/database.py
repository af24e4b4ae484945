"""What the account files say, read once for all states."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from weakref import WeakKeyDictionary

import anyio

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.host.protocol import HostReader, Signature

PASSWD, GROUP, SHADOW = "/etc/passwd", "/etc/group", "/etc/shadow"
_FILES = (PASSWD, GROUP, SHADOW)
_MAX_BYTES = 64 * 1024 * 1024
_GECOS = 5
_DAYS = 9

Marks = tuple[Signature | None, ...]


@dataclass(frozen=True, slots=True)
class User:
    """A line of passwd; ``gecos`` always has five parts."""

    name: str
    uid: int
    gid: int
    gecos: tuple[str, ...]
    home: str
    shell: str


@dataclass(frozen=True, slots=True)
class Shadow:
    """A line of shadow; days as numbers, -1 = not set."""

    hash: str = field(repr=False)
    date: int = -1
    mindays: int = -1
    maxdays: int = -1
    warndays: int = -1
    inactdays: int = -1
    expire: int = -1


@dataclass(frozen=True, slots=True)
class Group:
    """A line of group."""

    name: str
    gid: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """The account files at one moment.

    ``shadow`` is None when it cannot be read; ``groups_of`` holds who is listed as a member.
    """

    users: dict[str, User]
    groups: dict[str, Group]
    shadow: dict[str, Shadow] | None
    groups_of: dict[str, tuple[str, ...]]
    group_names: dict[int, str]

    def group_id(self, group: int | str | None) -> int | None:
        """Return the number of a group of the files, None when they have none of this name."""
        if not isinstance(group, str):
            return group
        found = self.groups.get(group)
        return None if found is None else found.gid

    def group_name(self, gid: int) -> str:
        return self.group_names.get(gid, str(gid))


class AccountFiles:
    """Reads passwd, group and shadow, again only when one of them has changed.

    ``changing`` is held while accounts are changed: the tools lock the files themselves, but give
    up when they have to wait long.
    """

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[HostReader, tuple[Marks, Database]] = WeakKeyDictionary()
        self.changing = anyio.Lock()

    async def read(self, host: HostReader) -> Database:
        """Return what the files say now; raises HostError."""
        marks = tuple(host.signature(path) for path in _FILES)
        known = self._known.get(host)
        if known is not None and known[0] == marks:
            return known[1]
        passwd, group = await _lines(host, PASSWD), await _lines(host, GROUP)
        try:
            shadow = _shadow(await _lines(host, SHADOW))
        except HostError:
            shadow = None  # not root: what needs it will say so
        database = _database(_users(passwd), _groups(group), shadow)
        if not any(mark is not None and mark.racy for mark in marks):
            self._known[host] = (marks, database)
        return database

    async def user(self, host: HostReader, name: str, *, local: bool) -> User | None:
        """Return a user of the files or, unless ``local``, of whatever else the machine asks."""
        found = (await self.read(host)).users.get(name)
        if found is not None or local or name.isdecimal() or host.user_id(name) is None:
            return found
        done = await host.probe(("getent", "passwd", "--", name))
        return _users(done.stdout.splitlines()).get(name) if done.returncode == 0 else None

    async def group(self, host: HostReader, name: str, *, local: bool) -> Group | None:
        """Return a group of the files or, unless ``local``, of whatever else the machine asks."""
        found = (await self.read(host)).groups.get(name)
        if found is not None or local or name.isdecimal() or host.group_id(name) is None:
            return found
        done = await host.probe(("getent", "group", "--", name))
        return _groups(done.stdout.splitlines()).get(name) if done.returncode == 0 else None


async def _lines(host: HostReader, path: str) -> list[str]:
    if await host.stat(path, follow=True) is None:
        return []
    data = await host.read(path, limit=_MAX_BYTES)
    return data.decode("utf-8", "surrogateescape").split("\n")


def _users(lines: Iterable[str]) -> dict[str, User]:
    found: dict[str, User] = {}
    for line in lines:
        row = line.split(":")
        if len(row) < 7 or not (row[2].isdecimal() and row[3].isdecimal()):
            continue
        gecos = row[4].split(",", _GECOS - 1)
        gecos += [""] * (_GECOS - len(gecos))
        user = User(row[0], int(row[2]), int(row[3]), tuple(gecos), row[5], row[6])
        found.setdefault(user.name, user)
    return found


def _groups(lines: Iterable[str]) -> dict[str, Group]:
    found: dict[str, Group] = {}
    for line in lines:
        row = line.split(":")
        if len(row) < 4 or not row[2].isdecimal():
            continue
        members = tuple(name.strip() for name in row[3].split(",") if name.strip())
        found.setdefault(row[0], Group(row[0], int(row[2]), members))
    return found


def _shadow(lines: Iterable[str]) -> dict[str, Shadow]:
    found: dict[str, Shadow] = {}
    for line in lines:
        row = line.split(":")
        if len(row) < 2:
            continue
        row += [""] * (_DAYS - len(row))
        days = [int(each) if each.lstrip("-").isdecimal() else -1 for each in row[2:8]]
        found.setdefault(row[0], Shadow(row[1], *days))
    return found


def _database(
    users: dict[str, User], groups: dict[str, Group], shadow: dict[str, Shadow] | None
) -> Database:
    groups_of: dict[str, list[str]] = {}
    names: dict[int, str] = {}
    for group in groups.values():
        names.setdefault(group.gid, group.name)
        for member in group.members:
            groups_of.setdefault(member, []).append(group.name)
    listed = {name: tuple(in_groups) for name, in_groups in groups_of.items()}
    return Database(users, groups, shadow, listed, names)
