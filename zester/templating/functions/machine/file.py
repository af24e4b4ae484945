"""``file.*``: files of the machine, only looked at."""

from __future__ import annotations

import glob
import grp
import hashlib
import os
import pwd
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.regexes.backtracking import check_pattern

MAX_READ = 16 * 1024 * 1024

_KINDS: Mapping[str, Callable[[int], bool]] = {
    "dir": stat.S_ISDIR,
    "char": stat.S_ISCHR,
    "block": stat.S_ISBLK,
    "link": stat.S_ISLNK,
    "pipe": stat.S_ISFIFO,
    "socket": stat.S_ISSOCK,
}
_ACCESS: Mapping[Value, int] = {
    "f": os.F_OK,
    "r": os.R_OK,
    "w": os.W_OK,
    "x": os.X_OK,
    **{mode: mode for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)},
}


def file_exists(path: str) -> bool:
    return _path(path).is_file()


def directory_exists(path: str) -> bool:
    return _path(path).is_dir()


def is_link(path: str, nostat: bool = False) -> bool:
    return _path(path).is_symlink()


def path_exists_glob(path: str) -> bool:
    return bool(glob.glob(os.path.expanduser(path)))  # noqa: PTH111,PTH207 -- a pattern is no path


def readdir(path: str) -> list[str]:
    """Return the names in a folder, with ``.`` and ``..``; raises RenderError."""
    folder = _absolute(path)
    if not folder.is_dir():
        raise RenderError(f"file.readdir: there is no folder {path!r}")
    return [".", "..", *os.listdir(folder)]  # noqa: PTH208 -- names are wanted, not paths


def readlink(path: str, canonicalize: bool = False) -> str:
    """Return where a symlink points; raises RenderError when it is none."""
    link = _absolute(path)
    if not link.is_symlink():
        raise RenderError(f"file.readlink: {path!r} is not a symlink")
    return str(link.resolve() if canonicalize else link.readlink())


def access(path: str, mode: Value) -> bool:
    """Return whether this process may ``r``ead, ``w``rite, e``x``ecute, or ``f``ind a path."""
    if mode not in _ACCESS:
        raise RenderError(f"file.access: unknown mode {mode!r}", hint="use f, r, w or x")
    return os.access(_absolute(path), _ACCESS[mode])


def contains(path: str, text: Value) -> bool:
    """Return whether a file holds a text; blanks around the text do not count."""
    return str(text).strip() in _read(path)


def contains_regex(path: str, regex: str, lchar: str = "") -> bool:
    """Return whether a line of a file matches, without the characters ``lchar`` before it."""
    lines = _read(path).splitlines(keepends=True)
    check_pattern(regex, 0, max(lines, key=len, default=""), search=True)
    pattern = re.compile(regex)
    return any(pattern.search(line.lstrip(lchar) if lchar else line) for line in lines)


def stats(
    path: str, hash_type: str | None = None, follow_symlinks: bool = True
) -> dict[str, Value]:
    """Return owner, mode, times and kind of a path; raises RenderError when it is not there."""
    place = _path(path)
    try:
        found = place.stat() if follow_symlinks and place.exists() else place.lstat()
    except OSError as error:
        raise RenderError(f"file.stats: there is no {path!r}") from error
    kind = next((name for name, test in _KINDS.items() if test(found.st_mode)), "file")
    result: dict[str, Value] = {
        "inode": found.st_ino,
        "uid": found.st_uid,
        "gid": found.st_gid,
        "group": gid_to_group(found.st_gid),
        "user": uid_to_user(found.st_uid),
        "atime": found.st_atime,
        "mtime": found.st_mtime,
        "ctime": found.st_ctime,
        "size": found.st_size,
        "mode": f"{stat.S_IMODE(found.st_mode):04o}",
        "type": kind,
        "target": str(place.resolve() if follow_symlinks else place.absolute()),
    }
    if hash_type:
        result["sum"] = hashlib.new(hash_type, _bytes(place), usedforsecurity=False).hexdigest()
    return result


def get_user(path: str, follow_symlinks: bool = True) -> Value:
    return stats(path, follow_symlinks=follow_symlinks)["user"]


def get_group(path: str, follow_symlinks: bool = True) -> Value:
    return stats(path, follow_symlinks=follow_symlinks)["group"]


def get_uid(path: str, follow_symlinks: bool = True) -> Value:
    return stats(path, follow_symlinks=follow_symlinks)["uid"]


def get_gid(path: str, follow_symlinks: bool = True) -> Value:
    return stats(path, follow_symlinks=follow_symlinks)["gid"]


def get_mode(path: str, follow_symlinks: bool = True) -> Value:
    return stats(path, follow_symlinks=follow_symlinks)["mode"]


def uid_to_user(uid: int) -> Value:
    """Return a user's name, the number itself when it has none."""
    try:
        return pwd.getpwuid(int(uid)).pw_name
    except KeyError:
        return uid


def gid_to_group(gid: int) -> Value:
    """Return a group's name, the number itself when it has none."""
    try:
        return grp.getgrgid(int(gid)).gr_name
    except KeyError:
        return gid


def user_to_uid(user: Value) -> Value:
    """Return a user's number, empty text for an unknown user."""
    if isinstance(user, int):
        return user
    try:
        return pwd.getpwnam(str(user)).pw_uid
    except KeyError:
        return ""


def group_to_gid(group: Value) -> Value:
    """Return a group's number, empty text for an unknown group."""
    if isinstance(group, int):
        return group
    try:
        return grp.getgrnam(str(group)).gr_gid
    except KeyError:
        return ""


def _path(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # ``~nobody``: there is no such home
        return Path(path)


def _absolute(path: str) -> Path:
    place = _path(path)
    if not place.is_absolute():
        raise RenderError(f"{path!r} is not an absolute path")
    return place


def _read(path: str) -> str:
    place = _path(path)
    return _bytes(place).decode("utf-8", "replace") if place.is_file() else ""


def _bytes(place: Path) -> bytes:
    """Return a file's bytes; raises RenderError for one that is too large to look at."""
    with place.open("rb") as file:
        data = file.read(MAX_READ + 1)
    if len(data) > MAX_READ:
        raise RenderError(f"{str(place)!r} is larger than {MAX_READ} bytes")
    return data
