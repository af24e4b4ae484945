"""``pkg.installed``: packages that are there, in this version."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.engine.state import EVERYTHING, Applied, Plan
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.fulfilment import LATEST
from zester_peel.states.pkg.install.spec import InstalledSpec
from zester_peel.states.pkg.install.survey import Survey
from zester_peel.states.pkg.install.target import Target
from zester_peel.states.pkg.install.transaction import Transaction
from zester_peel.states.pkg.package_state import PackageState, resources
from zester_peel.states.pkg.providers.protocol import Options


class Installed(PackageState[InstalledSpec, Survey]):
    """These packages are installed, in a version that meets what was asked for.

    Those that are missing are installed with one call for all states that are ready together.
    """

    function: ClassVar[str] = "pkg.installed"
    spec = InstalledSpec
    condition: ClassVar[str | None] = None

    async def resolve(self, spec: InstalledSpec, sources: Sources, *, sls: str) -> InstalledSpec:
        found = []
        for name, place in spec.sources or ():
            if not place.startswith("/"):
                content = await sources.fetch(place)
                if content is None:
                    raise StateError(f"the source of package {name} is missing: {place}")
                found.append((name, content))
        if not found:
            return spec
        resolved = spec.model_copy()
        resolved._files = tuple(found)
        return resolved

    def requires(self, spec: InstalledSpec) -> Iterable[str]:
        yield from super().requires(spec)
        for _, place in spec.sources or ():
            if place.startswith("/"):
                yield f"path:{place}"

    def provides(self, spec: InstalledSpec) -> Iterable[str]:
        return (EVERYTHING, *resources(spec))

    def bundle(self, spec: InstalledSpec) -> Hashable:
        return spec.options()

    async def survey(self, host: HostReader, specs: Sequence[InstalledSpec]) -> None:
        asked: dict[Options, set[str]] = {}
        for spec in specs:
            names = self._unsettled(spec, await self._found(host, spec))
            await self._fetch_lists(host, spec, names)
            asked.setdefault(spec.options(), set()).update(names)
        for options, names in asked.items():
            await self._manager.offered(host, names, options)

    async def observe(self, host: HostReader, spec: InstalledSpec) -> Survey:
        found = await self._found(host, spec)
        asked = self._unsettled(spec, found)
        if not asked:
            targets = [await self._with_file(host, spec, each) for each in found.targets]
            return replace(found, targets=tuple(targets))
        problem = await self._fetch_lists(host, spec, asked)
        offered = await self._manager.offered(host, asked, spec.options())
        targets = [replace(each, offered=offered.get(each.name)) for each in found.targets]
        return Survey(found.compare, tuple(targets), problem)

    async def _found(self, host: HostReader, spec: InstalledSpec) -> Survey:
        """Return what the machine has, without asking any repository."""
        provider = await self._manager.provider(host)
        inventory = await provider.inventory(host)
        targets = []
        for written, condition in spec.wanted():
            name = provider.normalized(written)
            installed = inventory.installed.get(name, ())
            altered: tuple[str, ...] = ()
            if installed and (spec.pkg_verify or spec.reinstall):
                altered = await provider.altered(host, name)
            targets.append(
                Target(
                    name=name,
                    condition=condition or self.condition,
                    installed=installed,
                    file=spec.file_of(written),
                    held=name in inventory.held,
                    provided=name in inventory.provided and not installed,
                    altered=altered,
                )
            )
        return Survey(provider.compare, tuple(targets))

    async def _with_file(self, host: HostReader, spec: InstalledSpec, target: Target) -> Target:
        """Return a missing package with the version of its file, when that can be told."""
        place = spec.readable(target.name)
        if place is None or target.installed or target.provided:
            return target
        provider = await self._manager.provider(host)
        version = await provider.version_in(host, place)
        return target if version is None else replace(target, offered=(version,))

    def _unsettled(self, spec: InstalledSpec, found: Survey) -> set[str]:
        """Return the names about which the repositories have to be asked."""
        return {
            target.name
            for target in found.targets
            if target.file is None
            and (
                target.condition == LATEST
                or not target.settled(
                    found.compare,
                    ignore_epoch=spec.ignore_epoch,
                    allow_updates=spec.allow_updates,
                )
            )
        }

    async def _fetch_lists(
        self, host: HostReader, spec: InstalledSpec, names: Collection[str]
    ) -> str:
        """Fetch package lists where they matter; return what went wrong."""
        if not names:
            return ""
        return await self._manager.refresh(
            host, wanted=spec.refresh, cache_valid_time=spec.cache_valid_time
        )

    def plan(self, spec: InstalledSpec, observed: Survey | None) -> Plan:
        if observed is None:
            raise StateError(f"{spec.name} was not looked at")
        todo = observed.todo(spec)
        changes: dict[str, Any] = {}
        for target in observed.targets:
            pick = todo.get(target.name)
            new = None
            if pick is not None:
                new = pick.version or (target.offered or ("installed",))[0]
            change = target.change(new, spec.hold)
            if change:
                changes[target.name] = change
        if not changes:
            return Plan(comment=self.settled_comment(observed))
        if not todo:
            return Plan(changes, f"Holds would be changed: {', '.join(changes)}")
        return Plan(changes, self.planned_comment([observed[name].shown() for name in todo]))

    def settled_comment(self, observed: Survey) -> str:
        comment = "All specified packages are already installed"
        if any(target.condition for target in observed.targets):
            comment += " and are at the desired version"
        return comment

    def planned_comment(self, shown: Sequence[str]) -> str:
        return f"The following packages would be installed/updated: {', '.join(shown)}"

    def done_comment(self, done: Sequence[str], already: Sequence[str]) -> str:
        parts = []
        if done:
            parts.append(f"The following packages were installed/updated: {', '.join(done)}")
        if already:
            parts.append(f"The following packages were already installed: {', '.join(already)}")
        return "\n".join(parts)

    async def apply(self, host: Host, spec: InstalledSpec, plan: Plan) -> Applied:
        return (await self.apply_together(host, [(spec, plan)]))[0]

    async def apply_together(
        self, host: Host, wishes: Sequence[tuple[InstalledSpec, Plan]]
    ) -> Sequence[Applied]:
        specs = [spec for spec, _ in wishes]
        return await Transaction(self._manager, host, self.observe, self.done_comment).run(specs)
