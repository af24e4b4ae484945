"""``service.masked`` and ``service.unmasked``: what cannot be started at all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.service import unit_of
from zester_peel.states.service.service_state import ManagedState, NamedService


class MaskSpec(NamedService):
    """Parameters of ``service.masked`` and ``service.unmasked``."""

    runtime: Flag = False

    @property
    def link(self) -> str:
        """Where the mask is."""
        return f"{'/run' if self.runtime else '/etc'}/systemd/system/{unit_of(self.name)}"

    @property
    def kind(self) -> str:
        return "runtime masked" if self.runtime else "masked"


class Masked(ManagedState[MaskSpec, bool]):
    """A service that cannot be started; one that runs goes on."""

    function: ClassVar[str] = "service.masked"
    spec = MaskSpec
    _wanted: ClassVar[bool] = True

    def watches(self, spec: MaskSpec) -> Iterable[Watch]:
        return (Watch("path", spec.link),)

    async def observe(self, host: HostReader, spec: MaskSpec) -> bool:
        manager = await self._services.manager(host)
        if manager.title != "systemd":
            raise StateError(f"services cannot be masked by {manager.title}, only by systemd")
        found = await host.stat(spec.link)
        return found is not None and found.target == "/dev/null"

    def plan(self, spec: MaskSpec, observed: bool | None) -> Plan:
        if observed is self._wanted:
            return Plan(comment=self._already(spec))
        changes = {spec.kind: {"old": not self._wanted, "new": self._wanted}}
        return Plan(changes, f"Service {spec.name} would be {self._verb(spec)}")

    async def apply(self, host: Host, spec: MaskSpec, plan: Plan) -> Applied:
        manager = await self._services.manager(host)
        await (manager.mask if self._wanted else manager.unmask)(
            host, spec.name, runtime=spec.runtime
        )
        return Applied(comment=f"Service {spec.name} was {self._verb(spec)}")

    def _verb(self, spec: MaskSpec) -> str:
        return spec.kind

    def _already(self, spec: MaskSpec) -> str:
        return f"Service {spec.name} is already {spec.kind}"


class Unmasked(Masked):
    """A service that can be started as far as this mask is concerned."""

    function: ClassVar[str] = "service.unmasked"
    _wanted: ClassVar[bool] = False

    def _verb(self, spec: MaskSpec) -> str:
        return "runtime unmasked" if spec.runtime else "unmasked"

    def _already(self, spec: MaskSpec) -> str:
        return f"Service {spec.name} was already {self._verb(spec)}"
