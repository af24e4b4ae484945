"""``user.*``: accounts."""

from __future__ import annotations

import grp
import os
import pwd
from operator import itemgetter

from zester.targeting.value import Value

_PARTS = ("fullname", "roomnumber", "workphone", "homephone", "other")


def info(name: str, root: str | None = None) -> dict[str, Value]:
    """Return an account, an empty mapping for an unknown user."""
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        return {}
    return _account(found)


def list_users(root: str | None = None) -> list[str]:
    return sorted({entry.pw_name for entry in pwd.getpwall()})


def list_groups(name: str) -> list[str]:
    """Return the names of a user's groups, sorted."""
    try:
        primary = pwd.getpwnam(name).pw_gid
    except KeyError:
        return []
    names: set[str] = set()
    for gid in os.getgrouplist(name, primary):
        try:
            names.add(grp.getgrgid(gid).gr_name)
        except KeyError:  # a number without a name
            continue
    return sorted(names)


def getent(refresh: bool = False) -> list[dict[str, Value]]:
    """Return all accounts."""
    return sorted(map(_account, pwd.getpwall()), key=itemgetter("uid"))


def primary_group(name: str) -> str:
    """Return the name of a user's first group, empty text without one."""
    try:
        return grp.getgrgid(pwd.getpwnam(name).pw_gid).gr_name
    except KeyError:
        return ""


def _account(found: pwd.struct_passwd) -> dict[str, Value]:
    words = found.pw_gecos.split(",", len(_PARTS) - 1)
    return {
        "gid": found.pw_gid,
        "groups": list_groups(found.pw_name),
        "home": found.pw_dir,
        "name": found.pw_name,
        "passwd": found.pw_passwd,
        "shell": found.pw_shell,
        "uid": found.pw_uid,
        **dict(zip(_PARTS, [*words, *[""] * len(_PARTS)], strict=False)),
    }
