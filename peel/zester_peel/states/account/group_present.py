"""``group.present``: this group, with these members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.account.database import GROUP, AccountFiles, Database, Group
from zester_peel.states.account.names import AccountId, AccountName, AccountNames
from zester_peel.states.account.tools.choice import FindTools, account_tools


class GroupSpec(BaseModel):
    """Parameters of ``group.present``; an empty ``members`` is the same as none."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: AccountName
    gid: AccountId = None
    system: Flag = False
    addusers: AccountNames | None = None
    delusers: AccountNames | None = None
    members: AccountNames | None = None
    non_unique: Flag = False
    local: Flag = False

    @model_validator(mode="after")
    def _clear(self) -> GroupSpec:
        if self.members and (self.addusers is not None or self.delusers is not None):
            raise ValueError('"members" cannot be used together with "addusers" or "delusers"')
        both = sorted(set(self.addusers or ()) & set(self.delusers or ()))
        if both:
            raise ValueError(f"to be added and taken out at the same time: {', '.join(both)}")
        return self


@dataclass(frozen=True, slots=True)
class GroupView:
    """What ``group.present`` found; ``group`` None = there is none."""

    group: Group | None
    database: Database = field(repr=False)


class GroupPresent(State[GroupSpec, GroupView]):
    """This group; its members stay unless some are named."""

    function: ClassVar[str] = "group.present"
    spec = GroupSpec

    def __init__(self, files: AccountFiles, find_tools: FindTools = account_tools) -> None:
        self._files = files
        self._find_tools = find_tools

    def requires(self, spec: GroupSpec) -> Iterable[str]:
        return [f"user:{name}" for name in (*(spec.members or ()), *(spec.addusers or ()))]

    def provides(self, spec: GroupSpec) -> Iterable[str]:
        return (f"group:{spec.name}",)

    def locks(self, spec: GroupSpec) -> Iterable[str]:
        return (f"group:{spec.name}",)

    def watches(self, spec: GroupSpec) -> Iterable[Watch]:
        return (Watch("path", GROUP),)

    async def observe(self, host: HostReader, spec: GroupSpec) -> GroupView:
        found = await self._files.group(host, spec.name, local=spec.local)
        return GroupView(found, await self._files.read(host))

    def plan(self, spec: GroupSpec, observed: GroupView | None) -> Plan:
        if observed is None:
            raise StateError(f"group {spec.name} was not looked at")
        _demand_free(spec, observed)
        if observed.group is None:
            return Plan(_new(spec), f"Group {spec.name} set to be added")
        changes = _differences(spec, observed.group)
        if not changes:
            return Plan(comment=f"Group {spec.name} is present and up to date")
        lines = "\n".join(f"{key}: {value}" for key, value in changes.items())
        return Plan(changes, f"The following group attributes are set to be changed:\n{lines}")

    async def apply(self, host: Host, spec: GroupSpec, plan: Plan) -> Applied:
        tools = await self._find_tools(host)
        async with self._files.changing:
            now = await self.observe(host, spec)
            _demand_free(spec, now)
            group = now.group
            if group is None:
                await tools.add_group(
                    host,
                    spec.name,
                    spec.gid,
                    system=spec.system,
                    unique=not spec.non_unique,
                )
            elif spec.gid is not None and spec.gid != group.gid:
                await tools.change_gid(host, spec.name, spec.gid, unique=not spec.non_unique)
            there = () if group is None else group.members
            adding, removing = _members(spec, there)
            for user in adding:
                await tools.add_member(host, spec.name, user)
            for user in removing:
                await tools.remove_member(host, spec.name, user)
        if now.group is None:
            return Applied(comment=f"New group {spec.name} created")
        return Applied(comment=f"Updated group {spec.name}")


def _new(spec: GroupSpec) -> dict[str, Any]:
    """Return what is known of a group before it is created, in Salt's words."""
    shown: dict[str, Any] = {"name": spec.name}
    if spec.gid is not None:
        shown["gid"] = spec.gid
    members = spec.members or spec.addusers
    if members:
        shown["members"] = list(members)
    return shown


def _differences(spec: GroupSpec, group: Group) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if spec.gid is not None and spec.gid != group.gid:
        changes["gid"] = spec.gid
    adding, removing = _members(spec, group.members)
    if spec.members and (adding or removing):
        changes["members"] = list(spec.members)
    elif adding or removing:
        changes |= {"addusers": adding} if adding else {}
        changes |= {"delusers": removing} if removing else {}
    return changes


def _members(spec: GroupSpec, there: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return who is to be added and who to be taken out."""
    if spec.members:
        adding = [user for user in spec.members if user not in there]
        return adding, [user for user in there if user not in spec.members]
    adding = [user for user in spec.addusers or () if user not in there]
    return adding, [user for user in spec.delusers or () if user in there]


def _demand_free(spec: GroupSpec, view: GroupView) -> None:
    """Raise StateError when the gid belongs to another group."""
    if spec.gid is None or spec.non_unique:
        return
    if view.group is not None and view.group.gid == spec.gid:
        return
    owner = view.database.group_names.get(spec.gid)
    if owner is not None and owner != spec.name:
        missing = f"Group {spec.name} is not present but" if view.group is None else "the"
        raise StateError(
            f"{missing} gid {spec.gid} is already taken by group {owner}",
            hint="set non_unique: true when both shall have it",
        )
