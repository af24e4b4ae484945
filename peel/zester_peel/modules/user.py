"""``user.…``: the accounts of the machine."""

from __future__ import annotations

from typing import Any

from zester_peel.modules.calling.call import Call
from zester_peel.states.account.database import AccountFiles, Database, User


async def info(call: Call, name: str) -> dict[str, Any]:
    """Answer what is known of a user, nothing when there is none."""
    files = AccountFiles()
    found = await files.user(call.around.host, name, local=False)
    return {} if found is None else _shown(await files.read(call.around.host), found)


async def getent(call: Call) -> list[dict[str, Any]]:
    """Answer what is known of every user of the account files."""
    database = await AccountFiles().read(call.around.host)
    return [_shown(database, user) for user in database.users.values()]


async def list_users(call: Call) -> list[str]:
    """Answer the names of the users of the account files."""
    return sorted((await AccountFiles().read(call.around.host)).users)


async def list_groups(call: Call, name: str) -> list[str]:
    """Answer the groups that a user is in."""
    return list((await info(call, name)).get("groups", ()))


async def primary_group(call: Call, name: str) -> str:
    """Answer the group that a user's files get, empty when there is no such user."""
    files = AccountFiles()
    found = await files.user(call.around.host, name, local=False)
    return "" if found is None else (await files.read(call.around.host)).group_name(found.gid)


def _shown(database: Database, user: User) -> dict[str, Any]:
    groups = {database.group_name(user.gid), *database.groups_of.get(user.name, ())}
    fullname, room, workphone, homephone, other = user.gecos
    return {
        "name": user.name,
        "uid": user.uid,
        "gid": user.gid,
        "groups": sorted(groups),
        "home": user.home,
        "shell": user.shell,
        "fullname": fullname,
        "roomnumber": room,
        "workphone": workphone,
        "homephone": homephone,
        "other": other,
    }
