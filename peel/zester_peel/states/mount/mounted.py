"""``mount.mounted``: a device is mounted here, now and after the next boot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.ownership import needed
from zester_peel.states.file.place import ancestors, resource
from zester_peel.states.mount.commands import mount, remount, unmount
from zester_peel.states.mount.device import is_mount_of, resolved, seen_at
from zester_peel.states.mount.fstab import Difference, read_fstab
from zester_peel.states.mount.options import Comparison
from zester_peel.states.mount.spec import MountedSpec
from zester_peel.states.mount.table import Mount, MountTable
from zester_peel.states.settings_file import SettingsFile

Need = Literal["mount", "remount", "exchange", "create"]
_NO_REMOUNT = ("nfs", "nfs4", "cvfs")


@dataclass(frozen=True, slots=True)
class MountPoint:
    """What ``mount.mounted`` found.

    ``point`` is where links lead, ``there`` whether it exists. ``need``: mount it, mount it again
    with other options, put it in the place of ``current``, or only create the folder. ``options``
    are those that differ. ``whole`` = the host is a machine, not a folder that looks like one.
    """

    point: str
    there: bool
    current: Mount | None
    need: Need | None
    options: tuple[str, ...]
    entry: Difference | None
    whole: bool


class Mounted(State[MountedSpec, MountPoint]):
    """A device is mounted here, now and after the next boot."""

    function: ClassVar[str] = "mount.mounted"
    spec = MountedSpec

    def __init__(self) -> None:
        self._tables = SettingsFile(read_fstab)
        self._live = MountTable()

    def requires(self, spec: MountedSpec) -> Iterable[str]:
        yield from ancestors(spec.name)
        yield from needed(spec.user, None)
        if spec.device.startswith("/"):
            yield resource(spec.device)
            yield from ancestors(spec.device)

    def provides(self, spec: MountedSpec) -> Iterable[str]:
        return (resource(spec.name),) if spec.mount or spec.mkmnt else ()

    def locks(self, spec: MountedSpec) -> Iterable[str]:
        yield resource(spec.name)
        if spec.persist:
            yield resource(spec.config)

    def watches(self, spec: MountedSpec) -> Iterable[Watch]:
        if spec.mount:
            yield Watch("mounts", "/proc/mounts")
        if spec.persist:
            yield Watch("path", spec.config, follow=True)

    async def observe(self, host: HostReader, spec: MountedSpec) -> MountPoint:
        point = await resolved(host, spec.name)
        there = await host.stat(point) is not None
        entry = None
        dropped: tuple[str, ...] = ()
        comparison = _comparison(host, spec)
        if spec.persist:
            table = await self._tables.read(host, spec.config)
            entry = table.difference(spec.entry, spec.match_on)
            wished = {_key(each) for each in spec.opts}
            before = [table.entries[each].opts for each in table.matches(spec.entry, spec.match_on)]
            dropped = tuple(
                each
                for options in before
                for each in options.split(",")
                if _key(each) not in wished and comparison.visible(each)
            )
        whole = host.root == host.root.parent
        if not spec.mount or not whole:
            need: Need | None = "create" if spec.mkmnt and not there and not spec.mount else None
            return MountPoint(point, there, None, need, (), entry, whole)
        live = await self._live.read(host)
        current = seen_at(live, point)
        if current is None:
            return MountPoint(point, there, None, "mount", (), entry, whole)
        if not await self._same_device(host, spec, current, live):
            return MountPoint(point, there, current, "exchange", (), entry, whole)
        missing = comparison.missing(spec.opts, current)
        gone = tuple(each for each in dropped if not comparison.missing((each,), current))
        options = tuple(sorted({*missing, *gone}))
        return MountPoint(
            point, there, current, "remount" if options else None, options, entry, whole
        )

    async def _same_device(
        self, host: HostReader, spec: MountedSpec, current: Mount, live: tuple[Mount, ...]
    ) -> bool:
        if any(re.match(pattern, current.source) for pattern in spec.device_name_regex):
            return True
        return await is_mount_of(host, current, spec.device, spec.opts, live)

    def plan(self, spec: MountedSpec, observed: MountPoint | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        if spec.mount and not observed.whole:
            raise StateError(
                f"cannot mount {spec.name}: only a folder is managed, not the machine",
                hint="with mount: false only the table of file systems is kept",
            )
        if observed.need == "mount" and not observed.there and not spec.mkmnt:
            raise StateError("Mount directory is not present", hint="create it, or set mkmnt")
        changes: dict[str, Any] = {}
        comments = [self._said(spec, observed)]
        if observed.need == "exchange" and observed.current is not None:
            changes["umount"] = (
                f"Forced unmount because devices don't match. Wanted: {spec.device}, "
                f"current: {observed.current.source}"
            )
        elif observed.need == "remount":
            how = "unmount and mount" if _exchanges(spec.fstype) else "remount"
            told = ",".join(observed.options)
            changes["umount"] = f"Forced {how} because options ({told}) changed"
        if observed.need in ("mount", "exchange"):
            changes["mount"] = True
        elif observed.need == "create":
            changes["mkmnt"] = spec.name
        if observed.entry == "new":
            changes["persist"] = "new"
            comments.append("it needs to be written to the fstab in order to be made persistent")
        elif observed.entry == "change":
            changes["persist"] = "update"
            comments.append("its fstab entry must be updated")
        return Plan(changes, ". ".join(comments))

    def _said(self, spec: MountedSpec, observed: MountPoint) -> str:
        if observed.need == "mount":
            return f"{spec.name} would be {'' if observed.there else 'created and '}mounted"
        if observed.need == "exchange":
            return f"{spec.name} would be unmounted and mounted: devices do not match"
        if observed.need == "remount":
            told = ",".join(observed.options)
            return f"Remount would be forced because options ({told}) changed"
        if observed.need == "create":
            return f"{spec.name} would be created, but not mounted"
        return "Target was already mounted" if spec.mount else f"{spec.name} not mounted"

    async def apply(self, host: Host, spec: MountedSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        said = "Target was already mounted" if spec.mount else f"{spec.name} not mounted"
        if not now.there and spec.mkmnt:
            await host.mkdir(now.point, parents=True)
            said = f"{spec.name} was created, not mounted"
        if now.need == "exchange":
            await unmount(host, now.point, user=spec.user)
        elif now.need == "remount":
            if _exchanges(spec.fstype):
                await unmount(host, now.point, user=spec.user, insist=True)
                await mount(host, spec, now.point)
            else:
                await remount(host, spec, now.point)
            said = "Target was remounted"
        if now.need in ("mount", "exchange"):
            await mount(host, spec, now.point)
            said = "Target was successfully mounted"
        if now.entry is not None:
            await self._tables.change(
                host, spec.config, lambda table: table.with_entry(spec.entry, spec.match_on)
            )
            new = now.entry == "new"
            said += (
                ". Added new entry to the fstab." if new else ". Updated the entry in the fstab."
            )
        return Applied(comment=said)

    def refreshing(self, spec: MountedSpec, observed: MountPoint | None) -> Plan:
        """Mount it again with its options, unless ``plan`` does so already."""
        if observed is None or observed.current is None or observed.need is not None:
            return Plan()
        return Plan({"remount": spec.name}, f"{spec.name} would be remounted")

    async def refresh(self, host: Host, spec: MountedSpec, plan: Plan) -> Applied:
        await remount(host, spec, await resolved(host, spec.name))
        return Applied(comment=f"{spec.name} remounted")


def _key(option: str) -> str:
    return option.partition("=")[0]


def _exchanges(fstype: str) -> bool:
    """Whether other options need it unmounted first."""
    return fstype in _NO_REMOUNT or fstype.startswith("fuse")


def _comparison(host: HostReader, spec: MountedSpec) -> Comparison:
    return Comparison(
        fstype=spec.fstype,
        user=host.user_id,
        group=host.group_id,
        invisible=frozenset((*spec.extra_mount_invisible_options, *spec.hidden_opts)),
        invisible_keys=frozenset(spec.extra_mount_invisible_keys),
        ignored=spec.extra_mount_ignore_fs_keys or {},
        translated=spec.extra_mount_translate_options or {},
    )
