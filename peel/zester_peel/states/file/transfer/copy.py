"""``file.copy``: a copy of a path of the machine."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.ownership import Ownership, needed, wish
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import AbsolutePath, PathName, ancestors, destination, resource
from zester_peel.states.file.transfer.duplicate import duplicate
from zester_peel.states.file.tree.walk import walk


class CopySpec(BaseModel):
    """Parameters of ``file.copy``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    source: AbsolutePath
    force: Flag = False
    makedirs: Flag = False
    preserve: Flag = False
    subdir: Flag = False
    user: Text | None = None
    group: Text | None = None
    mode: Mode | None = None
    dir_mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """What is at the two paths: ``path`` is the copy's, ``file`` where the source's links lead."""

    path: str
    file: str
    stat: Stat | None
    source: Stat | None
    same: bool
    owner: Ownership
    parent: str | None


class Copy(State[CopySpec, Pair]):
    """A copy of what is at ``source``; what is there stays, unless it is to be replaced."""

    function: ClassVar[str] = "file.copy"
    spec = CopySpec

    def requires(self, spec: CopySpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield resource(spec.source)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: CopySpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: CopySpec) -> Iterable[str]:
        return (resource(spec.name), resource(spec.source))

    def watches(self, spec: CopySpec) -> Iterable[Watch]:
        yield Watch("path", spec.name, follow=True)
        if spec.subdir:
            yield Watch("path", posixpath.join(spec.name, posixpath.basename(spec.source)))
        if spec.force:
            yield Watch("path", spec.source, follow=True)

    async def observe(self, host: HostReader, spec: CopySpec) -> Pair:
        path = spec.name
        file = await destination(host, spec.source)
        source = await host.stat(file)
        if spec.subdir:
            there = await host.stat(path, follow=True)
            if there is not None and there.kind == "directory":
                path = posixpath.join(path, posixpath.basename(spec.source))
        found = await host.stat(path)
        owner = wish(host, spec.user, spec.group, spec.mode)
        if spec.preserve and source is not None:
            owner = Ownership(source.owner, source.group, source.mode, source.uid, source.gid)
        elif source is not None and owner.mode is None:
            owner = Ownership(owner.user, owner.group, source.mode, owner.uid, owner.gid)
        same = True
        if spec.force and source is not None:
            same = await _same(host, file, source, path, found)
        return Pair(
            path=path,
            file=file,
            stat=found,
            source=source,
            same=same,
            owner=owner,
            parent=await missing_parent(host, path) if found is None else None,
        )

    def plan(self, spec: CopySpec, observed: Pair | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if observed.source is None:
            raise StateError(f'Source file "{spec.source}" is not present')
        here, there = resource(observed.path), resource(observed.file)
        if here == there or here.startswith(f"{there}/"):
            raise StateError(f"{spec.source} cannot be copied to itself: {observed.path}")
        if observed.stat is not None and not spec.force:
            return Plan(
                comment=f'The target file "{observed.path}" exists and will not be overwritten'
            )
        changes: dict[str, Any] = {}
        if observed.stat is None or not observed.same:
            changes[observed.path] = spec.source
        elif observed.stat.kind == "file":
            changes |= observed.owner.differences(observed.stat)
        if not changes:
            return Plan(comment=f'"{observed.path}" is a copy of "{spec.source}"')
        comment = f'File "{spec.source}" is set to be copied to "{observed.path}"'
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: CopySpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        now.owner.demand_known()
        found, source = now.stat, now.source
        if source is None:
            raise StateError(f'Source file "{spec.source}" is not present')
        if found is not None and now.same:
            await now.owner.settle(host, now.path, found)
            return Applied(comment=f'Copied "{spec.source}" to "{now.path}"')
        if found is None:
            mode = spec.dir_mode if spec.dir_mode is not None else folder_mode(now.owner.mode)
            await prepare_parent(host, now.path, makedirs=spec.makedirs, mode=mode, owner=now.owner)
        elif found.kind != "file" or source.kind != "file":
            await host.remove(now.path)
        given = Ownership(mode=now.owner.mode, uid=now.owner.uid, gid=now.owner.gid)
        if source.kind == "file":
            source = Stat(
                kind="file",
                mode=source.mode if given.mode is None else given.mode,
                uid=source.uid,
                gid=source.gid,
                owner=source.owner,
                group=source.group,
                size=source.size,
            )
        await duplicate(host, now.file, now.path, source, None if spec.preserve else given)
        return Applied(comment=f'Copied "{spec.source}" to "{now.path}"')


async def _same(host: HostReader, file: str, source: Stat, path: str, found: Stat | None) -> bool:
    """Tell whether two paths hold the same, links as they are."""
    if found is None or found.kind != source.kind:
        return False
    if source.kind == "file":
        return await _same_file(host, file, source, path, found)
    if source.kind != "directory":
        return source.target == found.target
    left, right = await walk(host, file), await walk(host, path)
    if [each.path[len(file) :] for each in left] != [each.path[len(path) :] for each in right]:
        return False
    for one, other in zip(left, right, strict=True):
        if one.stat.kind != other.stat.kind or one.stat.target != other.stat.target:
            return False
        if one.stat.kind == "file" and not await _same_file(
            host, one.path, one.stat, other.path, other.stat
        ):
            return False
    return True


async def _same_file(host: HostReader, one: str, first: Stat, other: str, second: Stat) -> bool:
    if first.size != second.size:
        return False
    return await host.digest(one) == await host.digest(other)
