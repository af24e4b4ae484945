"""``pkg.removed`` and ``pkg.purged``: packages that are not there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.fulfilment import Compare, fulfils
from zester_peel.states.pkg.manager import LOCK
from zester_peel.states.pkg.package_state import PackageState, resources
from zester_peel.states.pkg.parameters import MaybeFlag, NamedPackages


class RemovedSpec(NamedPackages):
    """Parameters of ``pkg.removed`` and ``pkg.purged``."""

    normalize: Flag = True
    ignore_epoch: MaybeFlag = None


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The packages of one state: installed and left over (removed, configuration kept)."""

    compare: Compare
    installed: tuple[tuple[str, str | None, tuple[str, ...]], ...]
    residual: tuple[tuple[str, str], ...]


class Removed(PackageState[RemovedSpec, Leftovers]):
    """These packages are not installed; what depends on them goes with them."""

    function: ClassVar[str] = "pkg.removed"
    purge: ClassVar[bool] = False
    spec = RemovedSpec

    def locks(self, spec: RemovedSpec) -> Iterable[str]:
        return (LOCK, *resources(spec))

    def bundle(self, spec: RemovedSpec) -> Hashable:
        return self.function

    async def observe(self, host: HostReader, spec: RemovedSpec) -> Leftovers:
        provider = await self._manager.provider(host)
        inventory = await provider.inventory(host)
        names = [(provider.normalized(name), version) for name, version in spec.wanted()]
        return Leftovers(
            compare=provider.compare,
            installed=tuple(
                (name, version, inventory.installed[name])
                for name, version in names
                if name in inventory.installed
            ),
            residual=tuple(
                (name, inventory.residual[name]) for name, _ in names if name in inventory.residual
            ),
        )

    def plan(self, spec: RemovedSpec, observed: Leftovers | None) -> Plan:
        changes = self._changes(spec, observed)
        names = sorted({*changes.get("installed", ()), *changes.get("removed", ())})
        if not names:
            partly = " or partially installed" if self.purge else ""
            return Plan(comment=f"None of the targeted packages are installed{partly}")
        verb = "purged" if self.purge else "removed"
        shown = changes if self.purge else changes["installed"]
        return Plan(shown, f"The following packages will be {verb}: {', '.join(names)}.")

    def _changes(self, spec: RemovedSpec, observed: Leftovers | None) -> dict[str, Any]:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        installed = {
            name: {"old": ",".join(versions), "new": ""}
            for name, wanted, versions in observed.installed
            if wanted is None
            or any(
                fulfils(version, wanted, observed.compare, ignore_epoch=spec.ignore_epoch)
                for version in versions
            )
        }
        residual = {}
        if self.purge:
            residual = {name: {"old": version, "new": ""} for name, version in observed.residual}
        return {"installed": installed, "removed": residual}

    async def apply(self, host: Host, spec: RemovedSpec, plan: Plan) -> Applied:
        return (await self.apply_together(host, [(spec, plan)]))[0]

    async def apply_together(
        self, host: Host, wishes: Sequence[tuple[RemovedSpec, Plan]]
    ) -> Sequence[Applied]:
        found = [self._changes(spec, await self.observe(host, spec)) for spec, _ in wishes]
        names = {name for each in found for part in each.values() for name in part}
        provider = await self._manager.provider(host)
        if names:
            await provider.remove(host, names, purge=self.purge)
        done = "All targeted packages were purged." if self.purge else ""
        done = done or "All targeted packages were removed."
        return [Applied(each if self.purge else each["installed"], done) for each in found]


class Purged(Removed):
    """These packages are not installed and have left no configuration behind."""

    function: ClassVar[str] = "pkg.purged"
    purge: ClassVar[bool] = True
