"""``file.hardlink``: a second name of a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.ownership import needed, wish
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import AbsolutePath, PathName, ancestors, destination, resource


class HardlinkSpec(BaseModel):
    """Parameters of ``file.hardlink``; owner and mode are those of folders ``makedirs`` creates."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    target: AbsolutePath
    force: Flag = False
    makedirs: Flag = False
    user: Text | None = None
    group: Text | None = None
    dir_mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What is at the two paths; ``file`` is where the target's links lead."""

    stat: Stat | None
    target: Stat | None
    file: str
    same: bool
    parent: str | None


class Hardlink(State[HardlinkSpec, Names]):
    """A hard link: another name of the file at ``target``."""

    function: ClassVar[str] = "file.hardlink"
    spec = HardlinkSpec

    def requires(self, spec: HardlinkSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield resource(spec.target)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: HardlinkSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: HardlinkSpec) -> Iterable[str]:
        return (resource(spec.name), resource(spec.target))

    def watches(self, spec: HardlinkSpec) -> Iterable[Watch]:
        yield Watch("path", spec.name)
        yield Watch("path", spec.target, follow=True)

    async def observe(self, host: HostReader, spec: HardlinkSpec) -> Names:
        file = await destination(host, spec.target)
        here, there = host.signature(spec.name), host.signature(file)
        found = await host.stat(spec.name)
        return Names(
            stat=found,
            target=await host.stat(file),
            file=file,
            same=here is not None
            and there is not None
            and (here.device, here.inode) == (there.device, there.inode),
            parent=await missing_parent(host, spec.name) if found is None else None,
        )

    def plan(self, spec: HardlinkSpec, observed: Names | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        target, found = observed.target, observed.stat
        if target is None:
            raise StateError(f"Target {spec.target} for hard link does not exist")
        if target.kind == "directory":
            raise StateError(f"Unable to hard link from directory {spec.target}")
        if found is not None and found.kind == "directory":
            raise StateError(f"Unable to hard link to directory {spec.name}")
        if observed.same:
            return Plan(
                comment=f"Target of hard link {spec.name} is already pointing to {spec.target}"
            )
        changes: dict[str, Any] = {"new": spec.name}
        comment = f"Hard link {spec.name} to {spec.target} is set for creation"
        if found is not None and (found.kind != "file" or found.links < 2):
            if not spec.force:
                raise StateError(
                    f"File exists where the hard link {spec.name} should be",
                    hint="set force: true to replace it",
                )
            changes["forced"] = "File for hard link was forcibly replaced"
        elif found is not None:
            comment = f"Link {spec.name} target is set to be changed to {spec.target}"
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: HardlinkSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        if not self.plan(spec, now):
            return Applied(comment=f"Created new hard link {spec.name} -> {spec.target}")
        if now.stat is None:
            owner = wish(host, spec.user, spec.group, None)
            owner.demand_known()
            mode = folder_mode(spec.dir_mode)
            await prepare_parent(host, spec.name, makedirs=spec.makedirs, mode=mode, owner=owner)
        await host.link(spec.name, now.file)
        if now.stat is None or "forced" in plan.changes:
            return Applied(comment=f"Created new hard link {spec.name} -> {spec.target}")
        return Applied(comment=f"Set target of hard link {spec.name} -> {spec.target}")
