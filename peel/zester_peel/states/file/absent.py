"""``file.absent``: nothing at this path."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict

from zester.errors import StateError
from zester_peel.engine.state import Applied, Plan, Proof, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.place import PathName, resource


def _not_root(path: str) -> str:
    if resource(path) == resource("/"):
        raise ValueError("refusing to make / absent")
    return path


class AbsentSpec(BaseModel):
    """Parameters of ``file.absent``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Annotated[PathName, AfterValidator(_not_root)]


class Absent(State[AbsentSpec, Stat]):
    """Nothing at this path: no file, folder, link or anything else."""

    function: ClassVar[str] = "file.absent"
    spec = AbsentSpec

    def locks(self, spec: AbsentSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: AbsentSpec) -> Iterable[Watch]:
        return (Watch("path", spec.name),)

    def proof(self, host: HostReader, spec: AbsentSpec) -> Proof | None:
        return Proof({spec.name: None}, None) if host.signature(spec.name) is None else None

    async def observe(self, host: HostReader, spec: AbsentSpec) -> Stat | None:
        return await host.stat(spec.name)

    def plan(self, spec: AbsentSpec, observed: Stat | None) -> Plan:
        if observed is None:
            return Plan(comment=f"File {spec.name} is not present")
        what = "Directory" if observed.kind == "directory" else "File"
        return Plan({"removed": spec.name}, f"{what} {spec.name} is set for removal")

    async def apply(self, host: Host, spec: AbsentSpec, plan: Plan) -> Applied:
        found = await host.stat(spec.name)
        await host.remove(spec.name)
        if await host.stat(spec.name) is not None:
            raise StateError(f"{spec.name} is there again: somebody else writes it")
        what = "directory" if found is not None and found.kind == "directory" else "file"
        return Applied(comment=f"Removed {what} {spec.name}")
