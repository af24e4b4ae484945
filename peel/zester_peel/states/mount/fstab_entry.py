"""``mount.fstab_present`` and ``mount.fstab_absent``: lines of the table of file systems."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.place import AbsolutePath, resource
from zester_peel.states.mount.fstab import Entry, Fstab, read_fstab
from zester_peel.states.mount.spec import FSTAB, Fstype, MatchOn, Options, Printable
from zester_peel.states.settings_file import SettingsFile


class AbsentSpec(BaseModel):
    """Parameters of ``mount.fstab_absent``: the device (``name``) and the mount point."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: Printable
    fs_file: Printable
    config: AbsolutePath = FSTAB

    @property
    def point(self) -> str:
        """The mount point as tables are compared."""
        return self.fs_file.rstrip("/") or self.fs_file[:1]


class PresentSpec(AbsentSpec):
    """Parameters of ``mount.fstab_present``.

    With ``not_change`` a line about the same mount stays as it is. ``mount`` is accepted for state
    files written for Salt: nothing is mounted, ``mount.mounted`` does that.
    """

    fs_vfstype: Fstype
    fs_mntops: Options = ("defaults",)
    fs_freq: int = Field(0, ge=0)
    fs_passno: int = Field(0, ge=0)
    mount: Flag = True
    match_on: MatchOn = ("auto",)
    not_change: Flag = False

    @property
    def entry(self) -> Entry:
        """The line of the table."""
        options = ",".join(self.fs_mntops) or "defaults"
        return Entry(self.point, self.name, self.fs_vfstype, options, self.fs_freq, self.fs_passno)


class FstabPresent(State[PresentSpec, Fstab]):
    """A line of the table of file systems."""

    function: ClassVar[str] = "mount.fstab_present"
    spec = PresentSpec

    def __init__(self) -> None:
        self._tables = SettingsFile(read_fstab)

    def locks(self, spec: PresentSpec) -> Iterable[str]:
        return (resource(spec.config),)

    def watches(self, spec: PresentSpec) -> Iterable[Watch]:
        return (Watch("path", spec.config, follow=True),)

    async def observe(self, host: HostReader, spec: PresentSpec) -> Fstab:
        return await self._tables.read(host, spec.config)

    def plan(self, spec: PresentSpec, observed: Fstab | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.config} was not looked at")
        difference = observed.difference(spec.entry, spec.match_on)
        if difference is None or (difference == "change" and spec.not_change):
            return Plan(comment=f"{spec.point} entry was already in {spec.config}.")
        verb = "written" if difference == "new" else "updated"
        return Plan({"persist": difference}, f"{spec.point} entry will be {verb} in {spec.config}.")

    async def apply(self, host: Host, spec: PresentSpec, plan: Plan) -> Applied:
        await self._tables.change(
            host, spec.config, lambda table: table.with_entry(spec.entry, spec.match_on)
        )
        verb = "added" if plan.changes.get("persist") == "new" else "updated"
        return Applied(comment=f"{spec.point} entry {verb} in {spec.config}.")


class FstabAbsent(State[AbsentSpec, Fstab]):
    """No line of this device and mount point in the table of file systems."""

    function: ClassVar[str] = "mount.fstab_absent"
    spec = AbsentSpec

    def __init__(self) -> None:
        self._tables = SettingsFile(read_fstab)

    def locks(self, spec: AbsentSpec) -> Iterable[str]:
        return (resource(spec.config),)

    def watches(self, spec: AbsentSpec) -> Iterable[Watch]:
        return (Watch("path", spec.config, follow=True),)

    async def observe(self, host: HostReader, spec: AbsentSpec) -> Fstab:
        return await self._tables.read(host, spec.config)

    def plan(self, spec: AbsentSpec, observed: Fstab | None) -> Plan:
        if observed is None or not observed.at(spec.point, spec.name):
            return Plan(comment=f"{spec.point} entry is already missing in {spec.config}.")
        return Plan(
            {"persist": "removed"}, f"{spec.point} entry will be removed from {spec.config}."
        )

    async def apply(self, host: Host, spec: AbsentSpec, plan: Plan) -> Applied:
        await self._tables.change(
            host, spec.config, lambda table: table.without(spec.point, spec.name)
        )
        return Applied(comment=f"{spec.point} entry removed from {spec.config}.")
