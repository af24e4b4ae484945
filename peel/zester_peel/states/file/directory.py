"""``file.directory``: a folder with this mode and owner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.ownership import Ownership, needed, wish
from zester_peel.states.file.parents import missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, destination, resource

_NEW_MODE = 0o755


class DirectorySpec(BaseModel):
    """Parameters of ``file.directory``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PathName
    user: Text | None = None
    group: Text | None = None
    mode: Mode | None = Field(None, validation_alias=AliasChoices("dir_mode", "mode"))
    makedirs: Flag = Field(default=False, validation_alias=AliasChoices("makedirs", "make_dirs"))
    force: Flag = False
    allow_symlink: Flag = True


@dataclass(frozen=True, slots=True)
class Folder:
    """What ``file.directory`` found.

    ``stat`` is the folder's, None when there is none; ``obstacle`` what is in its place;
    ``parent`` the folder above when that is missing.
    """

    path: str
    stat: Stat | None
    owner: Ownership
    obstacle: str | None
    parent: str | None


class Directory(State[DirectorySpec, Folder]):
    """A folder with this mode and owner."""

    function: ClassVar[str] = "file.directory"
    spec = DirectorySpec

    def requires(self, spec: DirectorySpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: DirectorySpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: DirectorySpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: DirectorySpec) -> Iterable[Watch]:
        return (Watch("path", spec.name, follow=spec.allow_symlink),)

    async def observe(self, host: HostReader, spec: DirectorySpec) -> Folder:
        path, found = spec.name, await host.stat(spec.name)
        obstacle = None
        if found is not None and found.kind == "symlink" and spec.allow_symlink:
            behind = await host.stat(path, follow=True)
            if behind is not None and behind.kind == "directory":
                path, found = await destination(host, path), behind
        if found is not None and found.kind != "directory":
            obstacle, found = found.kind, None
        return Folder(
            path=path,
            stat=found,
            owner=wish(host, spec.user, spec.group, spec.mode),
            obstacle=obstacle,
            parent=await missing_parent(host, path) if found is None and not obstacle else None,
        )

    def plan(self, spec: DirectorySpec, observed: Folder | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if observed.obstacle is not None and not spec.force:
            raise StateError(
                f"{spec.name} exists and is a {observed.obstacle}, not a directory",
                hint="set force: true to replace it",
            )
        changes: dict[str, Any] = {}
        if observed.obstacle is not None:
            changes["forced"] = f"{observed.obstacle} in the way is removed"
        if observed.stat is None:
            changes[spec.name] = {"directory": "new"}
        changes |= observed.owner.differences(observed.stat)
        if not changes:
            return Plan(comment=f"The directory {spec.name} is in the correct state")
        comment = f"The directory {spec.name} will be changed"
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: DirectorySpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        now.owner.demand_known()
        found = now.stat
        if now.obstacle is not None:
            if not spec.force:
                raise StateError(f"{spec.name} has become a {now.obstacle} meanwhile")
            await host.remove(now.path)
        if found is None:
            mode = _NEW_MODE if spec.mode is None else spec.mode
            await prepare_parent(host, now.path, makedirs=spec.makedirs, mode=mode, owner=now.owner)
            await host.mkdir(now.path, mode=mode)
            found = await host.stat(now.path)
        if found is not None:
            await now.owner.settle(host, now.path, found)
        return Applied(comment=f"Directory {spec.name} updated")
