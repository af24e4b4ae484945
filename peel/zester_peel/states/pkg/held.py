"""``pkg.held`` and ``pkg.unheld``: packages that stay as they are, or may change again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import AliasChoices, Field

from zester.dataclass import dataclass
from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.pkg.package_state import PackageState, resources
from zester_peel.states.pkg.parameters import NamedPackages


class HeldSpec(NamedPackages):
    """Parameters of ``pkg.held``; ``replace`` lets go of every other package."""

    replace: Flag = False


class UnheldSpec(NamedPackages):
    """Parameters of ``pkg.unheld``."""

    every: Flag = Field(False, validation_alias=AliasChoices("every", "all"))


@dataclass(frozen=True, slots=True)
class Holds:
    """Names that are held and the names the state means, as the manager writes them."""

    held: frozenset[str]
    named: tuple[str, ...]


class _HoldState(PackageState[HeldSpec | UnheldSpec, Holds]):
    def requires(self, spec: HeldSpec | UnheldSpec) -> Iterable[str]:
        yield from super().requires(spec)
        yield from resources(spec)

    async def observe(self, host: HostReader, spec: HeldSpec | UnheldSpec) -> Holds:
        provider = await self._manager.provider(host)
        inventory = await provider.inventory(host)
        return Holds(
            held=inventory.held,
            named=tuple(provider.normalized(name) for name, _ in spec.wanted()),
        )

    async def apply(self, host: Host, spec: HeldSpec | UnheldSpec, plan: Plan) -> Applied:
        provider = await self._manager.provider(host)
        comments: list[str] = []
        for held, words in ((True, "is now being held"), (False, "is no longer being held")):
            wanted = "hold" if held else "install"
            names = [name for name, change in plan.changes.items() if change["new"] == wanted]
            if names:
                await provider.hold(host, names, held=held)
                comments.extend(f"Package {name} {words}" for name in names)
        return Applied(comment="\n".join(comments))


class Held(_HoldState):
    """These packages are held: nothing but a state that says so upgrades or removes them."""

    function: ClassVar[str] = "pkg.held"
    spec = HeldSpec

    def plan(self, spec: HeldSpec | UnheldSpec, observed: Holds | None) -> Plan:
        if observed is None or not isinstance(spec, HeldSpec):
            raise StateError(f"{spec.name} was not looked at")
        changes = {name: _HOLD for name in observed.named if name not in observed.held}
        comments = [f"The following package would be held: {name}" for name in changes]
        if spec.replace:
            others = _bare(observed.held) - set(observed.named)
            comments.extend(f"The following package would be unheld: {name}" for name in others)
            changes |= dict.fromkeys(sorted(others), _LET_GO)
        return Plan(changes, "\n".join(comments) or "No changes made")


class Unheld(_HoldState):
    """These packages are not held."""

    function: ClassVar[str] = "pkg.unheld"
    spec = UnheldSpec

    def plan(self, spec: HeldSpec | UnheldSpec, observed: Holds | None) -> Plan:
        if observed is None or not isinstance(spec, UnheldSpec):
            raise StateError(f"{spec.name} was not looked at")
        names = sorted(_bare(observed.held)) if spec.every else observed.named
        changes = {name: _LET_GO for name in names if name in observed.held}
        comments = [f"The following package would be unheld: {name}" for name in changes]
        return Plan(changes, "\n".join(comments) or "No changes made")


_HOLD = {"old": "install", "new": "hold"}
_LET_GO = {"old": "hold", "new": "install"}


def _bare(names: frozenset[str]) -> set[str]:
    """Return names without those that only add an architecture to another."""
    return {name for name in names if name.partition(":")[0] not in names - {name}}
