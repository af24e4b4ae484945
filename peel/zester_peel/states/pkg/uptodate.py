"""``pkg.uptodate``: every installed package in its newest version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.engine.state import EVERYTHING, Applied, Plan
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.package_state import PackageState
from zester_peel.states.pkg.parameters import FromRepositories
from zester_peel.states.pkg.providers.protocol import Options


class UptodateSpec(FromRepositories):
    """Parameters of ``pkg.uptodate``; ``name`` may be anything, ``pkgs`` limits it to these."""

    name: Text
    dist_upgrade: Flag = False

    def options(self) -> Options:
        return replace(super().options(), dist_upgrade=self.dist_upgrade)


@dataclass(frozen=True, slots=True)
class Upgrades:
    """What an upgrade would change: name → (old version, new version)."""

    versions: Mapping[str, tuple[str, str]]


class Uptodate(PackageState[UptodateSpec, Upgrades]):
    """All packages (or these) are in the newest version the repositories offer."""

    function: ClassVar[str] = "pkg.uptodate"
    spec = UptodateSpec

    def provides(self, spec: UptodateSpec) -> Iterable[str]:
        return (EVERYTHING,)

    async def observe(self, host: HostReader, spec: UptodateSpec) -> Upgrades:
        provider = await self._manager.provider(host)
        await self._manager.refresh(
            host, wanted=spec.refresh, cache_valid_time=spec.cache_valid_time
        )
        newer = await provider.upgradable(host, spec.options())
        installed = (await provider.inventory(host)).installed
        only = None if spec.pkgs is None else {name for name, _ in spec.pkgs}
        return Upgrades(
            {
                name: (",".join(installed.get(name, ())), version)
                for name, version in sorted(newer.items())
                if only is None or name in only
            }
        )

    def plan(self, spec: UptodateSpec, observed: Upgrades | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        changes = {name: {"old": old, "new": new} for name, (old, new) in observed.versions.items()}
        if not changes:
            return Plan(comment="System is already up-to-date")
        return Plan(changes, "System update will be performed")

    async def apply(self, host: Host, spec: UptodateSpec, plan: Plan) -> Applied:
        provider = await self._manager.provider(host)
        names = () if spec.pkgs is None else tuple(plan.changes)
        await provider.upgrade(host, names, spec.options())
        return Applied(comment="Upgrade ran successfully")
