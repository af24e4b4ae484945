"""``group.…``: the groups of the machine."""

from __future__ import annotations

from typing import Any

from zester_peel.modules.calling.call import Call
from zester_peel.states.account.database import AccountFiles, Group


async def info(call: Call, name: str) -> dict[str, Any]:
    """Answer what is known of a group, nothing when there is none."""
    found = await AccountFiles().group(call.around.host, name, local=False)
    return {} if found is None else _shown(found)


async def getent(call: Call) -> list[dict[str, Any]]:
    """Answer what is known of every group of the account files."""
    database = await AccountFiles().read(call.around.host)
    return [_shown(group) for group in database.groups.values()]


async def list_groups(call: Call) -> list[str]:
    """Answer the names of the groups of the account files."""
    return sorted((await AccountFiles().read(call.around.host)).groups)


def _shown(group: Group) -> dict[str, Any]:
    return {"name": group.name, "gid": group.gid, "members": list(group.members)}
