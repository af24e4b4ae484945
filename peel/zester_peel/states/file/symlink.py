"""``file.symlink``: a symbolic link to this target."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Mode, Text
from zester_peel.engine.run.belongings import Made
from zester_peel.engine.state import Applied, Plan, Proof, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader, Stat
from zester_peel.states.file.aside import BackupName, aside, move_aside
from zester_peel.states.file.ownership import Ownership, needed, proof_of, wish
from zester_peel.states.file.parents import folder_mode, missing_parent, prepare_parent
from zester_peel.states.file.place import PathName, ancestors, resource


class SymlinkSpec(BaseModel):
    """Parameters of ``file.symlink``; ``mode`` is that of folders ``makedirs`` creates.

    ``follow_symlinks`` and ``disallow_copy_and_unlink`` are accepted for state files written for
    Salt: the link itself is what is looked at, and backups are renamed, never copied.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PathName
    target: Text = Field(min_length=1)
    force: Flag = False
    makedirs: Flag = False
    user: Text | None = None
    group: Text | None = None
    mode: Mode | None = None
    backupname: BackupName | None = None
    atomic: Flag = False
    inherit_user_and_group: Flag = False
    follow_symlinks: Flag = True
    disallow_copy_and_unlink: Flag = False


@dataclass(frozen=True, slots=True)
class Link:
    """What ``file.symlink`` found; ``parent`` is the folder above when that is missing."""

    stat: Stat | None
    owner: Ownership
    parent: str | None


class Symlink(State[SymlinkSpec, Link]):
    """A symbolic link to this target; a link with another target is replaced."""

    function: ClassVar[str] = "file.symlink"
    spec = SymlinkSpec

    def requires(self, spec: SymlinkSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, spec.group)

    def provides(self, spec: SymlinkSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def locks(self, spec: SymlinkSpec) -> Iterable[str]:
        return (resource(spec.name),)

    def makes(self, spec: SymlinkSpec) -> Iterable[Made]:
        return (Made("symlink", spec.name),)

    def watches(self, spec: SymlinkSpec) -> Iterable[Watch]:
        return (Watch("path", spec.name),)

    def proof(self, host: HostReader, spec: SymlinkSpec) -> Proof | None:
        if spec.inherit_user_and_group:
            return None
        return proof_of("symlink", host, spec.name, spec.user, spec.group)

    async def observe(self, host: HostReader, spec: SymlinkSpec) -> Link:
        found = await host.stat(spec.name)
        return Link(
            stat=found,
            owner=_owner(host, spec, found),
            parent=await missing_parent(host, spec.name) if found is None else None,
        )

    def plan(self, spec: SymlinkSpec, observed: Link | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        found = observed.stat
        changes: dict[str, Any] = {}
        comment = f"Symlink {spec.name} to {spec.target} is set for creation"
        if found is None:
            changes["new"] = spec.name
        elif found.kind != "symlink":
            changes |= aside(spec.name, found.kind, "symlink", _force(spec, found), spec.backupname)
            changes["new"] = spec.name
            found = None
        elif not _leads(found, spec.target):
            changes["change"] = f"{found.target} to {spec.target}"
            comment = f"Link {spec.name} target is set to be changed to {spec.target}"
            found = None  # a replaced link is a new one
        changes |= observed.owner.differences(found)
        if not changes:
            return Plan(comment=f"The symlink {spec.name} is present and is correct")
        if observed.parent is not None and not spec.makedirs:
            comment += f"; its folder {observed.parent} does not exist and makedirs is off"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: SymlinkSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        now.owner.demand_known()
        if now.stat is None:
            await prepare_parent(
                host,
                spec.name,
                makedirs=spec.makedirs,
                mode=folder_mode(spec.mode),
                owner=now.owner,
            )
        elif now.stat.kind != "symlink":
            aside(spec.name, now.stat.kind, "symlink", _force(spec, now.stat), spec.backupname)
            await move_aside(host, spec.name, spec.backupname, force=spec.force)
        if now.stat is None or not _leads(now.stat, spec.target):
            await host.symlink(spec.name, spec.target)
        found = await host.stat(spec.name)
        if found is not None:
            await now.owner.settle(host, spec.name, found)
        return Applied(comment=f"Created new symlink {spec.name} -> {spec.target}")


def _owner(host: HostReader, spec: SymlinkSpec, found: Stat | None) -> Ownership:
    user, group = spec.user, spec.group
    if spec.inherit_user_and_group and found is not None and found.kind == "symlink":
        user = found.owner if user is None else user
        group = found.group if group is None else group
    return wish(host, user, group, None)


def _force(spec: SymlinkSpec, found: Stat) -> bool:
    """Tell whether what is there may go; an atomic replacement takes a file's place anyway."""
    return spec.force or (spec.atomic and found.kind == "file")


def _leads(found: Stat, target: str) -> bool:
    return found.target is not None and posixpath.normpath(found.target) == posixpath.normpath(
        target
    )
