"""``user.absent``: no such user."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from zester.dataclass import dataclass
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.account.database import PASSWD, AccountFiles, Database, User
from zester_peel.states.account.defaults import own_groups
from zester_peel.states.account.names import AccountName
from zester_peel.states.account.tools.choice import FindTools, account_tools
from zester_peel.states.account.tools.protocol import Removal


def _not_root(name: str) -> str:
    if name == "root":
        raise ValueError("refusing to remove root")
    return name


class UserAbsentSpec(BaseModel):
    """Parameters of ``user.absent``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[AccountName, AfterValidator(_not_root)]
    purge: Flag = False
    force: Flag = False
    local: Flag = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """A user that is there; ``group`` goes with it: its own, used by nobody else."""

    user: User
    group: str | None


class UserAbsent(State[UserAbsentSpec, Leaving]):
    """No such user; its home and mail stay unless they are purged."""

    function: ClassVar[str] = "user.absent"
    spec = UserAbsentSpec

    def __init__(self, files: AccountFiles, find_tools: FindTools = account_tools) -> None:
        self._files = files
        self._find_tools = find_tools

    def locks(self, spec: UserAbsentSpec) -> Iterable[str]:
        return (f"user:{spec.name}",)

    def watches(self, spec: UserAbsentSpec) -> Iterable[Watch]:
        return (Watch("path", PASSWD),)

    async def observe(self, host: HostReader, spec: UserAbsentSpec) -> Leaving | None:
        user = await self._files.user(host, spec.name, local=spec.local)
        if user is None:
            return None
        goes = _alone(await self._files.read(host), user) and await own_groups(host)
        return Leaving(user, user.name if goes else None)

    def plan(self, spec: UserAbsentSpec, observed: Leaving | None) -> Plan:
        if observed is None:
            return Plan(comment=f"User {spec.name} is not present")
        changes: dict[str, Any] = {}
        if observed.group is not None:
            changes[f"{observed.group} group"] = "removed"
        changes[spec.name] = "removed"
        return Plan(changes, f"User {spec.name} set for removal")

    async def apply(self, host: Host, spec: UserAbsentSpec, plan: Plan) -> Applied:
        tools = await self._find_tools(host)
        async with self._files.changing:
            await tools.remove_user(host, spec.name, Removal(spec.purge, spec.force))
        return Applied(comment=f"Removed user {spec.name}")


def _alone(database: Database, user: User) -> bool:
    """Tell whether nobody but the user is in the group of its name."""
    group = database.groups.get(user.name)
    if group is None or group.gid != user.gid or set(group.members) - {user.name}:
        return False
    return not any(
        each.gid == group.gid for each in database.users.values() if each.name != user.name
    )
