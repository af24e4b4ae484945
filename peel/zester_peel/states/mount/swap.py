"""``mount.swap``: a device or file is swapped to, now and after the next boot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.file.place import AbsolutePath, ancestors, resource
from zester_peel.states.mount.commands import swap_on
from zester_peel.states.mount.device import resolved
from zester_peel.states.mount.fstab import Difference, Entry, read_fstab
from zester_peel.states.mount.spec import FSTAB, PrintablePath
from zester_peel.states.mount.table import SWAPS, swaps
from zester_peel.states.settings_file import SettingsFile

_BY_DEVICE = ("device",)


class SwapSpec(BaseModel):
    """Parameters of ``mount.swap``; the file has to be prepared (``mkswap``) already."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    name: PrintablePath
    persist: Flag = True
    config: AbsolutePath = FSTAB

    @property
    def entry(self) -> Entry:
        """The line of the table."""
        return Entry("none", self.name, "swap")


@dataclass(frozen=True, slots=True)
class SwapSpace:
    """What ``mount.swap`` found; ``whole`` = the host is a machine."""

    active: bool
    entry: Difference | None
    whole: bool


class Swap(State[SwapSpec, SwapSpace]):
    """A device or file is swapped to, now and after the next boot."""

    function: ClassVar[str] = "mount.swap"
    spec = SwapSpec

    def __init__(self) -> None:
        self._tables = SettingsFile(read_fstab)

    def requires(self, spec: SwapSpec) -> Iterable[str]:
        yield resource(spec.name)
        yield from ancestors(spec.name)

    def locks(self, spec: SwapSpec) -> Iterable[str]:
        yield f"swap:{spec.name}"
        if spec.persist:
            yield resource(spec.config)

    def watches(self, spec: SwapSpec) -> Iterable[Watch]:
        yield Watch("value", SWAPS)
        if spec.persist:
            yield Watch("path", spec.config, follow=True)

    async def observe(self, host: HostReader, spec: SwapSpec) -> SwapSpace:
        entry = None
        if spec.persist:
            table = await self._tables.read(host, spec.config)
            # one that is there with other options or a priority is somebody's choice
            known = any(each.device == spec.name for each in table.entries.values())
            entry = None if known else table.difference(spec.entry, _BY_DEVICE)
        if host.root != host.root.parent:
            return SwapSpace(active=False, entry=entry, whole=False)
        device = await resolved(host, spec.name)
        active = any([await resolved(host, each) == device for each in await swaps(host)])
        return SwapSpace(active=active, entry=entry, whole=True)

    def plan(self, spec: SwapSpec, observed: SwapSpace | None) -> Plan:
        if observed is None or not observed.whole:
            raise StateError(
                f"cannot swap to {spec.name}: only a folder is managed, not the machine"
            )
        changes: dict[str, Any] = {}
        comment = f"Swap {spec.name} already active"
        if not observed.active:
            changes["swap"] = "activated"
            comment = f"Swap {spec.name} is set to be activated"
        if observed.entry is not None:
            changes["persist"] = "new"
            comment += ". It is set to be added to the fstab"
        return Plan(changes, comment)

    async def apply(self, host: Host, spec: SwapSpec, plan: Plan) -> Applied:
        now = await self.observe(host, spec)
        said = f"Swap {spec.name} already active"
        if not now.active:
            await swap_on(host, spec.name)
            said = f"Swap {spec.name} activated"
        if now.entry is not None:
            await self._tables.change(
                host, spec.config, lambda table: table.with_entry(spec.entry, _BY_DEVICE)
            )
            said += ". Added new entry to the fstab."
        return Applied(comment=said)
