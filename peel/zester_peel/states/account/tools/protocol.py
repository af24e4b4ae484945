"""The programs that change accounts."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Protocol

from zester.dataclass import dataclass
from zester.errors import HostError, StateError
from zester_peel.host.protocol import CommandResult, Host, HostReader
from zester_peel.states.said import said

_FOLDERS = ("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin")
_BELOW = {
    **dict.fromkeys(("useradd", "usermod", "userdel", "groupadd", "groupmod", "groupdel"), "-P"),
    **dict.fromkeys(("chage", "chpasswd", "passwd"), "-R"),
    "gpasswd": "-Q",
}
"""How each tool is told to work on the files below another root."""
_TIMEOUT = 120.0  # seconds; a tool waits for the lock of the files, and copies or removes a home


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to create; None = what the machine does by itself.

    ``usergroup`` True/False = with a group of its name or without; ``home_wanted`` = create it.
    """

    name: str
    uid: int | None = None
    group: str | None = None
    groups: tuple[str, ...] = ()
    usergroup: bool | None = None
    gecos: str = ""
    home: str | None = None
    home_wanted: bool = True
    shell: str | None = None
    system: bool = False
    unique: bool = True
    logged: bool = True


@dataclass(frozen=True, slots=True)
class UserChange:
    """What becomes different for a user; None = stays.

    ``locked`` marks the password hash as unusable or takes the mark away.
    """

    uid: int | None = None
    unique: bool = True
    group: str | None = None
    groups: tuple[str, ...] | None = None
    gecos: str | None = None
    home: str | None = None
    move_home: bool = False
    shell: str | None = None
    locked: bool | None = None
    password_removed: bool = False

    def __bool__(self) -> bool:
        return self != UserChange(unique=self.unique, move_home=self.move_home)


@dataclass(frozen=True, slots=True)
class Removal:
    """How a user is removed: with home and mail, and also while it is logged in."""

    purge: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True)
class Aging:
    """Days of the shadow file; None = stays, -1 = not set."""

    date: int | None = None
    mindays: int | None = None
    maxdays: int | None = None
    warndays: int | None = None
    inactdays: int | None = None
    expire: int | None = None

    def __bool__(self) -> bool:
        return self != Aging()


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A hash for the shadow file, not to be shown."""

    text: str = field(repr=False)


class AccountTools(Protocol):
    """Changes the account files; every method raises StateError or HostError on refusal."""

    async def add_user(self, host: Host, user: NewUser) -> None: ...

    async def change_user(self, host: Host, name: str, change: UserChange) -> None: ...

    async def remove_user(self, host: Host, name: str, removal: Removal) -> None: ...

    async def set_hash(self, host: Host, name: str, password: PasswordHash) -> None: ...

    async def set_aging(self, host: Host, name: str, aging: Aging) -> None: ...

    async def add_group(
        self, host: Host, name: str, gid: int | None, *, system: bool, unique: bool
    ) -> None: ...

    async def change_gid(self, host: Host, name: str, gid: int, *, unique: bool) -> None: ...

    async def remove_group(self, host: Host, name: str) -> None: ...

    async def add_member(self, host: Host, group: str, user: str) -> None: ...

    async def remove_member(self, host: Host, group: str, user: str) -> None: ...


async def installed(host: HostReader, program: str) -> bool:
    """Tell whether a program is on the machine itself."""
    for folder in _FOLDERS:
        found = await host.stat(f"{folder}/{program}", follow=True)
        if found is not None and found.kind == "file":
            return True
    return False


async def call(
    host: Host, what: str, argv: tuple[str, ...], *, stdin: bytes | None = None
) -> CommandResult:
    """Run a tool; raises StateError with what it said when it fails."""
    if host.root != Path("/"):
        if argv[0] not in _BELOW:
            raise StateError(f"cannot {what}: {argv[0]} knows no other root than /")
        argv = (argv[0], _BELOW[argv[0]], str(host.root), *argv[1:])
    try:
        done = await host.run(argv, cwd="/", timeout=_TIMEOUT, stdin=stdin)
    except HostError as error:
        raise StateError(f"cannot {what}: {error}", hint=error.hint) from error
    if done.returncode == 0:
        return done
    told = said(done.stderr.strip() or done.stdout, "no reason given")
    hint = None
    if "lock" in told:
        hint = "another process is changing the accounts; look for /etc/.pwd.lock and who holds it"
    elif "used by process" in told or "logged in" in told:
        hint = "end the user's processes first; user.absent also takes force: true"
    raise StateError(
        f"cannot {what}: {argv[0]} ended with {done.returncode}: {told}",
        hint=hint,
    )


async def feed_hash(host: Host, name: str, password: PasswordHash) -> None:
    """Set a hash through chpasswd's standard input; what it says is told without the hash."""
    line = f"{name}:{password.text}\n".encode()
    try:
        await call(host, f"set the password of {name}", ("chpasswd", "-e"), stdin=line)
    except StateError as error:
        if password.text not in f"{error} {error.hint}":
            raise
        raise StateError(f"cannot set the password of {name}: chpasswd failed") from None
