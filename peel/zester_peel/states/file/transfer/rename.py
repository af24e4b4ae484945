"""``file.rename``: what was at one path is at another."""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Iterable
from hashlib import sha256
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from zester.dataclass import dataclass
from zester.errors import HostError, StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.ownership import Ownership
from zester_peel.states.file.parents import missing_parent, prepare_parent
from zester_peel.states.file.place import AbsolutePath, PathName, ancestors, resource
from zester_peel.states.file.transfer.duplicate import duplicate

_FOLDER_MODE = 0o755


class RenameSpec(BaseModel):
    """Parameters of ``file.rename``."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    source: AbsolutePath
    force: Flag = False
    makedirs: Flag = False


@dataclass(frozen=True, slots=True)
class Places:
    """What is at the two paths, and the folder above the new one when that is missing."""

    stat: Stat | None
    source: Stat | None
    parent: str | None


class Rename(State[RenameSpec, Places]):
    """What is at ``source`` is moved here; nothing at ``source`` = it has been."""

    function: ClassVar[str] = "file.rename"
    spec = RenameSpec

    def requires(self, spec: RenameSpec) -> Iterable[str]:
        yield from ancestors(spec.name)

    def provides(self, spec: RenameSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: RenameSpec) -> Iterable[str]:
        return (resource(spec.name), resource(spec.source))

    def watches(self, spec: RenameSpec) -> Iterable[Watch]:
        return (Watch("path", spec.source),)

    async def observe(self, host: HostReader, spec: RenameSpec) -> Places:
        found = await host.stat(spec.name)
        return Places(
            stat=found,
            source=await host.stat(spec.source),
            parent=await missing_parent(host, spec.name) if found is None else None,
        )

    def plan(self, spec: RenameSpec, observed: Places | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if resource(spec.name) == resource(spec.source):
            raise StateError(f"{spec.name} cannot be moved to itself")
        if resource(spec.name).startswith(f"{resource(spec.source)}/"):
            raise StateError(f"{spec.source} cannot be moved into itself: {spec.name}")
        if observed.source is None:
            return Plan(comment=f'Source file "{spec.source}" has already been moved out of place')
        if observed.stat is not None and not spec.force:
            return Plan(comment=f'The target file "{spec.name}" exists and will not be overwritten')
        comment = f'File "{spec.source}" is set to be moved to "{spec.name}"'
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan({spec.name: spec.source}, comment)

    async def apply(self, host: Host, spec: RenameSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        if now.source is not None:
            await prepare_parent(
                host, spec.name, makedirs=spec.makedirs, mode=_FOLDER_MODE, owner=Ownership()
            )
            aside = None
            if now.stat is not None and "directory" in (now.stat.kind, now.source.kind):
                aside = _beside(spec.name, "old")
                await host.remove(aside)  # of one that was killed
                await host.rename(spec.name, aside)
            try:
                await self._move(host, spec, now.source)
            except (HostError, StateError):
                if aside is not None:
                    await host.rename(aside, spec.name)
                raise
            if aside is not None:
                await host.remove(aside)
        return Applied(comment=f'Moved "{spec.source}" to "{spec.name}"')

    async def _move(self, host: Host, spec: RenameSpec, source: Stat) -> None:
        """Move; to another file system whole beside its place first: a full disk costs nothing."""
        try:
            await host.rename(spec.source, spec.name)
        except HostError as error:
            if getattr(error.__cause__, "errno", None) != errno.EXDEV:
                raise
        else:
            return
        copy = _beside(spec.name, "new")
        await host.remove(copy)
        try:
            await duplicate(host, spec.source, copy, source)
            await host.rename(copy, spec.name)
        except (HostError, StateError):
            await host.remove(copy)
            raise
        await host.remove(spec.source)


def _beside(path: str, what: str) -> str:
    """Return a name in the same folder that nobody else uses, the same each time."""
    folder, name = posixpath.split(path.rstrip("/"))
    return posixpath.join(folder, f".zester-{sha256(name.encode()).hexdigest()[:16]}-{what}")
