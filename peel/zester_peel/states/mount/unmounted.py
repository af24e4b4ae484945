"""``mount.unmounted``: nothing is mounted here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.place import AbsolutePath, resource
from zester_peel.states.mount.commands import unmount
from zester_peel.states.mount.device import is_mount_of, resolved
from zester_peel.states.mount.fstab import read_fstab
from zester_peel.states.mount.spec import FSTAB, Printable, PrintablePath
from zester_peel.states.mount.table import MountTable
from zester_peel.states.settings_file import SettingsFile


class UnmountedSpec(BaseModel):
    """Parameters of ``mount.unmounted``; with ``device`` other devices stay mounted there."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PrintablePath
    device: Printable | None = None
    config: AbsolutePath = FSTAB
    persist: Flag = False
    user: Text | None = None


@dataclass(frozen=True, slots=True)
class Layers:
    """What ``mount.unmounted`` found: how many mounts to undo at ``point``, and which lines of the
    table to remove. ``whole`` = the host is a machine."""

    point: str
    count: int
    lines: tuple[int, ...]
    whole: bool


class Unmounted(State[UnmountedSpec, Layers]):
    """Nothing is mounted here."""

    function: ClassVar[str] = "mount.unmounted"
    spec = UnmountedSpec

    def __init__(self) -> None:
        self._tables = SettingsFile(read_fstab)
        self._live = MountTable()

    def locks(self, spec: UnmountedSpec) -> Iterable[str]:
        yield resource(spec.name)
        if spec.persist:
            yield resource(spec.config)

    def watches(self, spec: UnmountedSpec) -> Iterable[Watch]:
        yield Watch("mounts", "/proc/mounts")
        if spec.persist:
            yield Watch("path", spec.config, follow=True)

    async def observe(self, host: HostReader, spec: UnmountedSpec) -> Layers:
        point = await resolved(host, spec.name)
        lines: tuple[int, ...] = ()
        if spec.persist:
            lines = (await self._tables.read(host, spec.config)).at(spec.name, spec.device)
        if host.root != host.root.parent:
            return Layers(point, 0, lines, whole=False)
        live = await self._live.read(host)
        count = 0
        for mount in reversed([each for each in live if each.point == point]):
            if spec.device is not None and not await is_mount_of(
                host, mount, spec.device, (), live
            ):
                break
            count += 1
        return Layers(point, count, lines, whole=True)

    def plan(self, spec: UnmountedSpec, observed: Layers | None) -> Plan:
        if observed is None or not observed.whole:
            raise StateError(
                f"cannot tell what is mounted on {spec.name}: only a folder is managed, "
                "not the machine"
            )
        changes: dict[str, Any] = {}
        comments = []
        if observed.count:
            changes["umount"] = True
            comments.append(f"Mount point {spec.name} is mounted but should not be")
        else:
            comments.append("Target was already unmounted")
        if observed.lines:
            changes["persist"] = "purged"
            comments.append(f"its entry needs to be purged from {spec.config}")
        elif spec.persist:
            comments.append("fstab entry not found")
        return Plan(changes, ". ".join(comments))

    async def apply(self, host: Host, spec: UnmountedSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        for _ in range(now.count):
            await unmount(host, now.point, user=spec.user)
        said = "Target was successfully unmounted" if now.count else "Target was already unmounted"
        if now.lines:
            await self._tables.change(
                host, spec.config, lambda table: table.without(spec.name, spec.device)
            )
            said += ". Removed target from fstab"
        return Applied(comment=said)
