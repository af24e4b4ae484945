"""``file.directory``: a folder with this mode and owner."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.run.belongings import Made
from zester_peel.engine.state import Applied, Plan, Proof, State
from zester_peel.engine.watch import NAMES, Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.aside import BackupName, aside, move_aside
from zester_peel.states.file.ownership import Ownership, needed, proof_of, wish
from zester_peel.states.file.parents import missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, destination, resource
from zester_peel.states.file.tree.cleaning import clean, provided_below, superfluous
from zester_peel.states.file.tree.patterns import PathPatterns, selection
from zester_peel.states.file.tree.recursion import (
    Odd,
    Recursion,
    inner,
    odd_ones,
    settle_all,
    shown,
)
from zester_peel.states.file.tree.walk import walk

_NEW_MODE = 0o755
_MOST_WATCHED = 10_000  # paths in one folder; what is beyond is found by the regular look


class DirectorySpec(BaseModel):
    """Parameters of ``file.directory``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    user: Text | None = None
    group: Text | None = None
    mode: Mode | None = Field(None, validation_alias=AliasChoices("dir_mode", "mode"))
    file_mode: Mode | None = None
    recurse: Recursion = ()
    max_depth: int | None = Field(None, ge=0)
    clean: Flag = False
    exclude_pat: PathPatterns | None = None
    makedirs: Flag = Field(default=False, validation_alias=AliasChoices("makedirs", "make_dirs"))
    force: Flag = False
    backupname: BackupName | None = None
    allow_symlink: Flag = True
    children_only: Flag = False
    follow_symlinks: Flag = False

    _others: tuple[str, ...] = PrivateAttr(())
    _inside: tuple[str, ...] = PrivateAttr(())

    @model_validator(mode="after")
    def _possible(self) -> DirectorySpec:
        if self.max_depth is not None and self.clean:
            raise ValueError("max_depth and clean exclude each other: give one of them")
        for word in ("user", "group"):
            if word in self.recurse and getattr(self, word) is None:
                raise ValueError(f"recurse asks for {word}, and no {word} is given")
        return self


@dataclass(frozen=True, slots=True)
class Folder:
    """What ``file.directory`` found.

    ``stat`` is the folder's, None when there is none; ``obstacle`` what is in its place;
    ``parent`` the folder above when that is missing; ``odd`` what differs in the folder,
    ``extra`` what has to go from it.
    """

    path: str
    stat: Stat | None
    owner: Ownership
    obstacle: str | None
    parent: str | None
    odd: tuple[Odd, ...] = ()
    extra: tuple[str, ...] = ()


class Directory(State[DirectorySpec, Folder]):
    """A folder with this mode and owner; on request all that is in it as well."""

    function: ClassVar[str] = "file.directory"
    spec = DirectorySpec

    def beside(self, spec: DirectorySpec, provided: Sequence[str]) -> DirectorySpec:
        if spec.clean:
            spec._others = provided_below(spec.name, provided)
        return spec

    def requires(self, spec: DirectorySpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: DirectorySpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: DirectorySpec) -> Iterable[str]:
        return (resource(spec.name),)

    def makes(self, spec: DirectorySpec) -> Iterable[Made]:
        return (Made("directory", spec.name),)

    def watches(self, spec: DirectorySpec) -> Iterable[Watch]:
        yield Watch("path", spec.name, follow=spec.allow_symlink)
        for path in spec._inside:
            yield Watch("path", path)

    def roams(self, spec: DirectorySpec) -> bool:
        return spec.clean or bool(spec.recurse)

    def proof(self, host: HostReader, spec: DirectorySpec) -> Proof | None:
        if spec.recurse or spec.clean:
            return None
        return proof_of("directory", host, spec.name, spec.user, spec.group)

    async def observe(self, host: HostReader, spec: DirectorySpec) -> Folder:
        path, found = spec.name, await host.stat(spec.name)
        obstacle = None
        linked = found is not None and found.kind == "symlink"
        if linked and spec.allow_symlink and not spec.force:
            behind = await host.stat(path, follow=True)
            if behind is not None and behind.kind == "directory":
                path, found = await destination(host, path), behind
        if found is not None and found.kind != "directory":
            obstacle, found = found.kind, None
        owner = wish(host, spec.user, spec.group, spec.mode)
        odd: tuple[Odd, ...] = ()
        extra: tuple[str, ...] = ()
        if found is not None and (spec.recurse or spec.clean):
            odd, extra = await self._inside(host, spec, path, owner)
        return Folder(
            path=path,
            stat=found,
            owner=owner,
            obstacle=obstacle,
            parent=await missing_parent(host, path) if found is None and not obstacle else None,
            odd=odd,
            extra=extra,
        )

    async def _inside(
        self, host: HostReader, spec: DirectorySpec, path: str, owner: Ownership
    ) -> tuple[tuple[Odd, ...], tuple[str, ...]]:
        entries = await walk(host, path, depth=spec.max_depth)
        odd: tuple[Odd, ...] = ()
        extra: tuple[str, ...] = ()
        if spec.clean:
            others = [posixpath.join(path, each[len(spec.name) + 1 :]) for each in spec._others]
            chosen = selection(None, spec.exclude_pat)
            extra = superfluous(path, entries, own=(), others=others, chosen=chosen)
        if spec.recurse:
            gone = set(extra)
            staying = []
            for each in entries:
                if each.path in gone or posixpath.dirname(each.path) in gone:
                    gone.add(each.path)
                else:
                    staying.append(each)
            file_mode = spec.mode if spec.file_mode is None else spec.file_mode
            wishes = inner(spec.recurse, owner, file_mode)
            odd = await odd_ones(host, staying, wishes, follow=spec.follow_symlinks)
        watched = [f"{path}{NAMES}"]
        for each in entries:
            if each.stat.kind == "directory":
                watched.append(f"{each.path}{NAMES}")
            if spec.recurse:
                watched.append(each.path)
        spec._inside = tuple(watched[:_MOST_WATCHED])
        return odd, extra

    def plan(self, spec: DirectorySpec, observed: Folder | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        changes: dict[str, Any] = {}
        if observed.obstacle is not None:
            changes |= aside(spec.name, observed.obstacle, "directory", spec.force, spec.backupname)
        if observed.stat is None:
            changes[spec.name] = {"directory": "new"}
        if observed.stat is None or not spec.children_only:
            changes |= observed.owner.differences(observed.stat)
        if observed.odd and "silent" in spec.recurse:
            changes["recursion"] = "Changes silenced"
        else:
            changes |= shown(observed.odd)
        if observed.extra:
            changes["removed"] = list(observed.extra)
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
            aside(spec.name, now.obstacle, "directory", spec.force, spec.backupname)
            await move_aside(host, now.path, spec.backupname, force=spec.force)
        new = found is None
        if found is None:
            mode = _NEW_MODE if spec.mode is None else spec.mode
            await prepare_parent(host, now.path, makedirs=spec.makedirs, mode=mode, owner=now.owner)
            await host.mkdir(now.path, mode=mode)
            found = await host.stat(now.path)
        if found is not None and (new or not spec.children_only):
            await now.owner.settle(host, now.path, found)
        await settle_all(host, now.path, now.odd)
        await clean(host, now.path, now.extra)
        if now.extra:
            return Applied(comment=f"Files cleaned from directory {spec.name}")
        inside = "/*" if spec.children_only else ""
        return Applied(comment=f"Directory {spec.name}{inside} updated")
