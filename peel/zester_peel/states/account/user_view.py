"""What ``user.present`` found, and what differs from the wish."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from zester.dataclass import dataclass
from zester_peel.states.account.database import Database, Shadow, User
from zester_peel.states.account.tools.protocol import Aging, UserChange
from zester_peel.states.account.user_spec import UserSpec

REDACTED = "XXX-REDACTED-XXX"
_GECOS = ("fullname", "roomnumber", "workphone", "homephone", "other")
_DAYS = {
    "date": "lstchg",
    "mindays": "min",
    "maxdays": "max",
    "inactdays": "inact",
    "warndays": "warn",
    "expire": "expire",
}


@dataclass(frozen=True, slots=True)
class UserView:
    """A user at one moment; ``user`` None = there is none.

    ``shadow`` is None when the shadow file cannot be read or has no line for it. ``same_password``
    tells whether the hash is the wished one. ``home_missing`` = its home is not a directory.
    ``gid`` is the number of the primary group it shall have, when there is such a group.
    """

    user: User | None
    shadow: Shadow | None = field(repr=False)
    database: Database = field(repr=False)
    same_password: bool = True
    home_missing: bool = False
    gid: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What has to change for an existing user: for people, and for the tools.

    ``new_hash`` = the password's hash is to be set; ``home`` = the folder to create.
    """

    shown: dict[str, Any]
    change: UserChange
    aging: Aging
    new_hash: bool = False
    home: str | None = None


def wished_groups(spec: UserSpec, database: Database) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return the supplementary groups asked for (None = any), and those that do not exist."""
    if spec.groups is None and not spec.optional_groups:
        return None, []
    optional = [name for name in spec.optional_groups or () if name in database.groups]
    wanted = tuple(dict.fromkeys((*(spec.groups or ()), *optional)))
    return wanted, [name for name in spec.groups or () if name not in database.groups]


def gecos_text(parts: tuple[str, ...]) -> str:
    return ",".join(parts).rstrip(",")


def difference(spec: UserSpec, view: UserView, user: User) -> Difference:
    """Compare an existing user with the wish."""
    shown: dict[str, Any] = {}
    fields: dict[str, Any] = {"unique": spec.unique, "move_home": spec.persist_home}
    if spec.uid is not None and spec.uid != user.uid:
        shown["uid"] = fields["uid"] = spec.uid
    gid = _wished_gid(spec, view)
    if gid is not None and gid[1] != user.gid:
        fields["group"] = gid[0]
        shown["gid"] = gid[0] if gid[1] is None else gid[1]
    _compare_groups(spec, view, user, gid[1] if gid else None, shown, fields)
    if spec.home is not None and spec.home != user.home.rstrip("/"):
        shown["home"] = fields["home"] = spec.home
    if spec.shell is not None and spec.shell != user.shell:
        shown["shell"] = fields["shell"] = spec.shell
    _compare_gecos(spec, user, shown, fields)
    aging: dict[str, int] = {}
    new_hash = _compare_shadow(spec, view, shown, fields, aging)
    home = None
    if view.home_missing and not (spec.persist_home and "home" in fields):
        home = spec.home or user.home
        shown["homeDoesNotExist"] = home
    return Difference(shown, UserChange(**fields), Aging(**aging), new_hash, home)


def _wished_gid(spec: UserSpec, view: UserView) -> tuple[str, int | None] | None:
    """Return the primary group as the tools take it, and its number when the group exists."""
    if spec.primary is not None:
        return str(spec.primary), view.gid
    if spec.usergroup and spec.name in view.database.groups:
        return spec.name, view.database.group_id(spec.name)
    return None


def _compare_groups(
    spec: UserSpec,
    view: UserView,
    user: User,
    new_gid: int | None,
    shown: dict[str, Any],
    fields: dict[str, Any],
) -> None:
    """Compare supplementary groups; the primary one counts as given, and twins as one."""
    wanted, missing = wished_groups(spec, view.database)
    if wanted is None:
        return
    groups = view.database.groups
    primary = user.gid if new_gid is None else new_gid
    listed = view.database.groups_of.get(user.name, ())
    wanted_ids = {groups[name].gid for name in wanted if name in groups} - {primary}
    listed_ids = {groups[name].gid for name in listed} - {primary}
    own = groups.get(user.name)
    if own is not None and own.gid not in wanted_ids:
        listed_ids.discard(own.gid)  # the group of its name is its own affair
    surplus = listed_ids - wanted_ids if spec.remove_groups else set()
    if not missing and not surplus and wanted_ids <= listed_ids:
        return
    result = {*wanted} if spec.remove_groups else {*wanted, *listed}
    if own is not None and user.name in listed:
        result.add(user.name)
    names = tuple(
        sorted(name for name in result if name not in groups or groups[name].gid != primary)
    )
    fields["groups"] = names
    shown["groups"] = list(names)


def _compare_gecos(
    spec: UserSpec, user: User, shown: dict[str, Any], fields: dict[str, Any]
) -> None:
    parts = list(user.gecos)
    for place, (name, wish) in enumerate(zip(_GECOS, spec.gecos, strict=True)):
        if wish is not None and wish != parts[place]:
            shown[name] = parts[place] = wish
    if tuple(parts) != user.gecos:
        fields["gecos"] = gecos_text(tuple(parts))


def _compare_shadow(
    spec: UserSpec,
    view: UserView,
    shown: dict[str, Any],
    fields: dict[str, Any],
    aging: dict[str, int],
) -> bool:
    """Compare password and days; return whether the hash has to be set."""
    shadow = view.shadow or Shadow("!")
    new_hash = not view.same_password
    if new_hash:
        shown["passwd"] = REDACTED
    if spec.empty_password and shadow.hash != "":
        shown["passwd"] = ""
        fields["password_removed"] = True
    locked = shadow.hash.startswith("!")
    if spec.password_lock is not None and not new_hash and spec.password_lock != locked:
        fields["locked"] = spec.password_lock
        shown["passwd"] = REDACTED
    for name, key in _DAYS.items():
        wish = getattr(spec, name)
        if wish is not None and wish != getattr(shadow, name):
            shown[key] = aging[name] = wish
    return new_hash


def shown_new(spec: UserSpec, groups: tuple[str, ...]) -> dict[str, Any]:
    """Return what is known of a user before it is created, in Salt's words."""
    shown: dict[str, Any] = {"name": spec.name}
    if spec.uid is not None:
        shown["uid"] = spec.uid
    if spec.primary is not None:
        shown["gid"] = spec.primary
    if groups:
        shown["groups"] = sorted(groups)
    if spec.home is not None:
        shown["home"] = spec.home if spec.createhome else ""
    if spec.shell is not None:
        shown["shell"] = spec.shell
    shown |= {name: wish for name, wish in zip(_GECOS, spec.gecos, strict=True) if wish}
    if spec.empty_password:
        shown["password"] = ""
    elif spec.password is not None:
        shown["password"] = REDACTED
    shown |= {name: getattr(spec, name) for name in _DAYS if getattr(spec, name) is not None}
    return shown
