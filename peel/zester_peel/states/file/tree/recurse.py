"""``file.recurse``: a folder of the tree, with all that is in it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, PrivateAttr

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import NAMES, Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.body import renderer
from zester_peel.states.file.content.managed_spec import (
    Backups,
    KeepOrMode,
    ManagedSpec,
    Template,
)
from zester_peel.states.file.content.origin import Origin
from zester_peel.states.file.directory import Directory, DirectorySpec, Folder
from zester_peel.states.file.managed import Managed, ManagedFile
from zester_peel.states.file.ownership import needed, wish
from zester_peel.states.file.place import PathName, ancestors, destination, resource
from zester_peel.states.file.tree.cleaning import clean, provided_below, superfluous
from zester_peel.states.file.tree.patterns import PathPatterns, selection
from zester_peel.states.file.tree.side_by_side import side_by_side
from zester_peel.states.file.tree.sources import files_of, origins_of, read_folders
from zester_peel.states.file.tree.walk import walk

_MOST_WATCHED = 10_000  # folders; what is beyond is found by the regular look
_FILES = Managed()
_FOLDERS = Directory()


class RecurseSpec(BaseModel):
    """Parameters of ``file.recurse``.

    A tree holds files only: ``include_empty``, ``keep_symlinks``, ``force_symlinks``, ``sym_mode``
    and ``keep_source`` are accepted for state files written for Salt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    source: Annotated[tuple[str, ...], BeforeValidator(read_folders)]
    merge: Flag = False
    include_pat: PathPatterns | None = None
    exclude_pat: PathPatterns | None = None
    maxdepth: int | None = None
    clean: Flag = False
    template: Template = None
    context: dict[str, Any] | None = None
    defaults: dict[str, Any] | None = None
    user: Text | None = None
    group: Text | None = None
    dir_mode: Mode | None = None
    file_mode: KeepOrMode | None = None
    replace: Flag = True
    backup: Backups = None
    show_changes: Flag = True
    makedirs: Flag = True
    include_empty: Flag = False
    keep_source: Flag = True
    keep_symlinks: Flag = False
    force_symlinks: Flag = False
    sym_mode: Mode | None = None

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)
    _others: tuple[str, ...] = PrivateAttr(())
    _inside: tuple[str, ...] = PrivateAttr(())


@dataclass(frozen=True, slots=True)
class Recursed:
    """What ``file.recurse`` found: folders, outermost first, and files that differ, with plans.

    ``path`` is where links lead; ``extra`` has to go.
    """

    path: str
    folders: tuple[tuple[DirectorySpec, Folder, Plan], ...]
    files: tuple[tuple[ManagedSpec, Plan], ...]
    extra: tuple[str, ...]


class Recurse(State[RecurseSpec, Recursed]):
    """The files of a folder of the tree, in a folder of the machine."""

    function: ClassVar[str] = "file.recurse"
    spec = RecurseSpec

    async def resolve(self, spec: RecurseSpec, sources: Sources, *, sls: str) -> RecurseSpec:
        render = None
        if spec.template is not None:
            render = renderer(sources, sls, {**(spec.defaults or {}), **(spec.context or {})})
        chosen = selection(spec.include_pat, spec.exclude_pat)
        files = files_of(spec.source, sources, chosen, maxdepth=spec.maxdepth, merge=spec.merge)
        resolved = spec.model_copy(update={"context": None, "defaults": None})
        resolved._origins = await origins_of(files.items(), spec.name, sources, render)
        return resolved

    def beside(self, spec: RecurseSpec, provided: Sequence[str]) -> RecurseSpec:
        if spec.clean:
            spec._others = provided_below(spec.name, provided)
        return spec

    def requires(self, spec: RecurseSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: RecurseSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: RecurseSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def watches(self, spec: RecurseSpec) -> Iterable[Watch]:
        yield Watch("path", spec.name, follow=True)
        for folder in _folders(spec):
            yield Watch("path", posixpath.join(spec.name, folder), follow=True)
        for file in spec._origins:
            yield Watch("path", posixpath.join(spec.name, file), follow=True)
        for folder in spec._inside:
            yield Watch("path", f"{folder}{NAMES}")

    def roams(self, spec: RecurseSpec) -> bool:
        return True

    async def observe(self, host: HostReader, spec: RecurseSpec) -> Recursed:
        top = await destination(host, spec.name)
        found = await host.stat(top)
        if found is not None and found.kind != "directory":
            raise StateError(f"The path {spec.name} exists and is not a directory")
        folders: list[tuple[DirectorySpec, Folder, Plan]] = []
        absent: set[str] = set()
        for relative in ("", *_folders(spec)):
            path = posixpath.join(top, relative) if relative else top
            folder = await _look_at_folder(host, spec, path, absent)
            if folder[1].stat is None:
                absent.add(path)
            folders.append(folder)

        async def look(item: tuple[str, Origin]) -> tuple[ManagedSpec, Plan]:
            return await self._look(host, spec, top, item, absent)

        files = await side_by_side(look, spec._origins.items())
        extra: tuple[str, ...] = ()
        if spec.clean and found is not None:
            others = [posixpath.join(top, each[len(spec.name) + 1 :]) for each in spec._others]
            entries = await walk(host, top)
            inside = [each.path for each in entries if each.stat.kind == "directory"]
            spec._inside = (top, *inside[:_MOST_WATCHED])
            extra = superfluous(
                top,
                entries,
                own=[asked.name for asked, _ in files] + [asked.name for asked, _, _ in folders],
                others=others,
                chosen=selection(None, spec.exclude_pat),
            )
        return Recursed(
            path=top,
            folders=tuple(each for each in folders if each[2]),
            files=tuple(each for each in files if each[1]),
            extra=extra,
        )

    async def _look(
        self,
        host: HostReader,
        spec: RecurseSpec,
        top: str,
        item: tuple[str, Origin],
        absent: set[str],
    ) -> tuple[ManagedSpec, Plan]:
        relative, origin = item
        asked = _file(spec, posixpath.join(top, relative), origin)
        if posixpath.dirname(asked.name) in absent:
            there = await _unmade(host, asked)
        else:
            found = await host.stat(asked.name)
            if found is not None and found.kind == "directory" and spec.clean and spec.replace:
                return asked, Plan({"diff": "Replaced directory with a new file"}, "")
            there = await _FILES.observe(host, asked)
        return asked, _FILES.plan(asked, there)

    def plan(self, spec: RecurseSpec, observed: Recursed | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        changes: dict[str, Any] = {}
        for asked, _, plan in observed.folders:
            own = {key: each for key, each in plan.changes.items() if key != asked.name}
            new = plan.changes.get(asked.name, {})
            changes[_shown(spec, observed, asked.name)] = {**new, **own}
        for file, plan in observed.files:
            changes[_shown(spec, observed, file.name)] = dict(plan.changes)
        if observed.extra:
            changes["removed"] = [_shown(spec, observed, each) for each in observed.extra]
        if not changes:
            return Plan(comment=f"The directory {spec.name} is in the correct state")
        return Plan(changes, f"The directory {spec.name} will be changed")

    async def apply(self, host: Host, spec: RecurseSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        for asked, there, planned in now.folders:
            there.owner.demand_known()
            await _FOLDERS.apply(host, asked, planned)

        async def write(item: tuple[ManagedSpec, Plan]) -> None:
            asked, planned = item
            if spec.clean:
                found = await host.stat(asked.name)
                if found is not None and found.kind == "directory":
                    await host.remove(asked.name, below=now.path)
            await _FILES.apply(host, asked, planned)

        await side_by_side(write, now.files)
        await clean(host, now.path, now.extra)
        return Applied(comment=f"Recursively updated {spec.name}")


def _folders(spec: RecurseSpec) -> list[str]:
    """Return every folder that files lie in, outermost first."""
    found: set[str] = set()
    for file in spec._origins:
        above = posixpath.dirname(file)
        while above and above not in found:
            found.add(above)
            above = posixpath.dirname(above)
    return sorted(found)


async def _look_at_folder(
    host: HostReader, spec: RecurseSpec, path: str, absent: set[str]
) -> tuple[DirectorySpec, Folder, Plan]:
    force = False
    if spec.clean and posixpath.dirname(path) not in absent:
        there = await host.stat(path, follow=True)
        force = there is None or there.kind != "directory"
    asked = _folder(spec, path, force)
    if posixpath.dirname(path) in absent:
        owner = wish(host, spec.user, spec.group, spec.dir_mode)
        found = Folder(path, None, owner, None, None)
    else:
        found = await _FOLDERS.observe(host, asked)
    return asked, found, _FOLDERS.plan(asked, found)


def _folder(spec: RecurseSpec, path: str, force: bool) -> DirectorySpec:
    return DirectorySpec.model_construct(
        name=path,
        user=spec.user,
        group=spec.group,
        mode=spec.dir_mode,
        makedirs=spec.makedirs,
        force=force,
    )


def _file(spec: RecurseSpec, path: str, origin: Origin) -> ManagedSpec:
    made = ManagedSpec.model_construct(
        name=path,
        user=spec.user,
        group=spec.group,
        mode=spec.file_mode,
        replace=spec.replace,
        backup=spec.backup,
        show_changes=spec.show_changes,
        makedirs=True,
    )
    made._origin = origin
    return made


async def _unmade(host: HostReader, asked: ManagedSpec) -> ManagedFile:
    """Return what is found of a file whose folder is yet to be made."""
    body = await asked._origin.now(host) if asked._origin is not None else None
    mode = asked.mode if asked.mode != "keep" else (body.mode if body is not None else None)
    owner = wish(host, asked.user, asked.group, mode)
    return ManagedFile(asked.name, None, owner, body, same=False, data=None, parent=None)


def _shown(spec: RecurseSpec, observed: Recursed, path: str) -> str:
    """Return a path as the state names it."""
    return spec.name + path[len(observed.path) :]
