"""``group.absent``: no such group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.account.database import GROUP, AccountFiles, Group
from zester_peel.states.account.names import AccountName
from zester_peel.states.account.tools.choice import FindTools, account_tools


def _not_root(name: str) -> str:
    if name == "root":
        raise ValueError("refusing to remove the group root")
    return name


class GroupAbsentSpec(BaseModel):
    """Parameters of ``group.absent``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[AccountName, AfterValidator(_not_root)]
    local: Flag = False


class GroupAbsent(State[GroupAbsentSpec, Group]):
    """No such group; the primary group of a user is refused by the system."""

    function: ClassVar[str] = "group.absent"
    spec = GroupAbsentSpec

    def __init__(self, files: AccountFiles, find_tools: FindTools = account_tools) -> None:
        self._files = files
        self._find_tools = find_tools

    def locks(self, spec: GroupAbsentSpec) -> Iterable[str]:
        return (f"group:{spec.name}",)

    def watches(self, spec: GroupAbsentSpec) -> Iterable[Watch]:
        return (Watch("path", GROUP),)

    async def observe(self, host: HostReader, spec: GroupAbsentSpec) -> Group | None:
        return await self._files.group(host, spec.name, local=spec.local)

    def plan(self, spec: GroupAbsentSpec, observed: Group | None) -> Plan:
        if observed is None:
            return Plan(comment="Group not present")
        return Plan({spec.name: ""}, f"Group {spec.name} is set for removal")

    async def apply(self, host: Host, spec: GroupAbsentSpec, plan: Plan) -> Applied:
        tools = await self._find_tools(host)
        async with self._files.changing:
            if await self.observe(host, spec) is not None:
                await tools.remove_group(host, spec.name)
        return Applied(comment=f"Removed group {spec.name}")
