"""``group.*``."""

from __future__ import annotations

import grp

from zester.targeting.value import Value


def info(name: str, root: str | None = None) -> dict[str, Value]:
    """Return a group, an empty mapping for an unknown one."""
    try:
        return _group(grp.getgrnam(name))
    except KeyError:
        return {}


def getent(refresh: bool = False, root: str | None = None) -> list[dict[str, Value]]:
    """Return all groups."""
    return [_group(found) for found in grp.getgrall()]


def _group(found: grp.struct_group) -> dict[str, Value]:
    return {
        "name": found.gr_name,
        "passwd": found.gr_passwd,
        "gid": found.gr_gid,
        "members": list(found.gr_mem),
    }
