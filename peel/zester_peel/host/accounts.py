"""The users and groups of a machine."""

# Path objects cost more than the calls they wrap, and know no descriptors:
# ruff: noqa: PTH113, PTH116, PTH123

from __future__ import annotations

import grp
import os
import pwd
import time
from collections.abc import Callable

from zester.dataclass import dataclass
from zester_peel.host.paths import Paths

_FILES = ("/etc/passwd", "/etc/group")
_MAX_AGE = 30.0  # seconds; accounts may also live where no file of ours changes (LDAP, SSSD)
_TRUST = 1.0  # seconds a found account is taken for granted without looking at the files
_MAX_ID = 2**32 - 2


@dataclass(frozen=True, slots=True)
class Account:
    """One user."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str


class Accounts:
    """Looks accounts up and remembers the answers until passwd or group change.

    What was not found is looked for again whenever they may have changed, what was found is
    trusted for a second, or until ``forget`` says that something may have happened.

    With a root other than ``/`` the root's own ``/etc/passwd`` and ``/etc/group`` are read; each
    of them falls back to the machine's as long as the root has none.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._files = _FILES
        self._own = (False, False)
        self._cache: dict[tuple[str, str | int], Account | int | str | None] = {}
        self._marks: tuple[object, ...] = ()
        self._since = 0.0
        self._checked = 0.0

    def forget(self) -> None:
        """Look at the files again before the next answer."""
        self._checked = 0.0

    def account(self, name: str) -> Account | None:
        """Return a user by name or number, None when unknown."""
        found = self._cached("account", name, lambda: self._find_account(name))
        return found if isinstance(found, Account) else None

    def uid(self, name: str) -> int | None:
        """Return the uid of a name, or of a number even when no user has it."""
        found = self.account(name)
        return found.uid if found else _number(name)

    def gid(self, name: str) -> int | None:
        """Return the gid of a name, or of a number even when no group has it."""
        found = self._cached("gid", name, lambda: self._find_gid(name))
        return found if isinstance(found, int) else _number(name)

    def owner(self, uid: int) -> str:
        """Return the user's name, the number as text when it has none."""
        return str(self._cached("owner", uid, lambda: self._find_owner(uid)))

    def group(self, gid: int) -> str:
        """Return the group's name, the number as text when it has none."""
        return str(self._cached("group", gid, lambda: self._find_group(gid)))

    def groups(self, account: Account) -> list[int]:
        """Return every gid the user belongs to."""
        if not self._own[1]:
            return os.getgrouplist(account.name, account.gid)
        members = (row for row in self._rows(1) if len(row) > 3)
        more = {int(row[2]) for row in members if account.name in row[3].split(",")}
        return sorted({account.gid, *more})

    def _cached(
        self, kind: str, key: str | int, find: Callable[[], Account | int | str | None]
    ) -> Account | int | str | None:
        now = time.monotonic()
        answer = self._cache.get((kind, key))
        if answer is not None and now - self._checked < _TRUST:
            return answer
        self._find_files()
        marks = tuple((path, _mark(path)) for path in self._files)
        if marks != self._marks or now - self._since > _MAX_AGE:
            self._cache.clear()
            self._marks = marks
            self._since = now
        self._checked = now
        if (kind, key) not in self._cache:
            self._cache[kind, key] = find()
        return self._cache[kind, key]

    def _find_files(self) -> None:
        """Choose between the root's files and the machine's; a root may get its own later."""
        if self._paths.whole_machine:
            return
        passwd, group = (self._paths.locate(path, follow=True) for path in _FILES)
        self._own = (os.path.isfile(passwd), os.path.isfile(group))
        self._files = (
            passwd if self._own[0] else _FILES[0],
            group if self._own[1] else _FILES[1],
        )

    def _find_account(self, name: str) -> Account | None:
        number = _number(name)
        if self._own[0]:
            rows = [row for row in self._rows(0) if len(row) > 6]
            for row in rows:
                if row[0] == name:
                    return _account(row)
            return next((_account(row) for row in rows if row[2] == name), None)
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            try:
                entry = pwd.getpwuid(-1 if number is None else number)
            except KeyError:
                return None
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, entry.pw_shell)

    def _find_gid(self, name: str) -> int | None:
        if self._own[1]:
            return next((int(row[2]) for row in self._rows(1) if row[0] == name), None)
        try:
            return grp.getgrnam(name).gr_gid
        except KeyError:
            return None

    def _find_owner(self, uid: int) -> str:
        if self._own[0]:
            return next((row[0] for row in self._rows(0) if row[2] == str(uid)), str(uid))
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)

    def _find_group(self, gid: int) -> str:
        if self._own[1]:
            return next((row[0] for row in self._rows(1) if row[2] == str(gid)), str(gid))
        try:
            return grp.getgrgid(gid).gr_name
        except KeyError:
            return str(gid)

    def _rows(self, which: int) -> list[list[str]]:
        try:
            with open(self._files[which], encoding="utf-8", errors="replace") as file:
                rows = [line.rstrip("\n").split(":") for line in file]
        except OSError:
            return []
        return [row for row in rows if len(row) > 2 and row[2].isdecimal()]


def _account(row: list[str]) -> Account:
    gid = int(row[3]) if row[3].isdecimal() else int(row[2])
    return Account(row[0], int(row[2]), gid, row[5], row[6])


def _number(name: str) -> int | None:
    """Return a decimal account number; None when the text is not one."""
    if not (name.isascii() and name.isdecimal()):
        return None
    number = int(name) if len(name) < 12 else _MAX_ID + 1
    return number if number <= _MAX_ID else None


def _mark(path: str) -> object:
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
