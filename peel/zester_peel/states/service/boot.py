"""``service.enabled`` and ``service.disabled``: what starts at boot."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from zester.errors import StateError
from zester_peel.engine.backend import Backend
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan, State
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.service import Service, ServiceName
from zester_peel.states.service.services import BACKEND, Services, lock, places, watch


def boot_change(found: Service, enable: bool | None) -> bool:
    """Return whether a service has to be enabled or disabled."""
    if enable is None or found.fixed:
        return False
    return found.enabled != enable


def boot_words(enable: bool | None) -> str:
    return "enabled" if enable else "disabled"


async def set_boot(services: Services, host: Host, found: Service, enable: bool | None) -> bool:
    """Enable or disable a service as asked; return whether that was needed."""
    if enable is None or not boot_change(found, enable):
        return False
    if enable and found.mask:
        raise StateError(
            f"service {found.name} is {found.mask.replace('-', ' ')} and cannot be enabled",
            hint="unmask it before",
        )
    await services.set_enabled(host, found, enabled=enable)
    return True


class EnabledSpec(BaseModel):
    """Parameters of ``service.enabled``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ServiceName
    unmask: Flag = False
    unmask_runtime: Flag = False


class DisabledSpec(BaseModel):
    """Parameters of ``service.disabled``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ServiceName


class Enabled(State[EnabledSpec, Service]):
    """A service that starts at boot."""

    function: ClassVar[str] = "service.enabled"
    backend: ClassVar[Backend | None] = BACKEND
    spec = EnabledSpec

    def __init__(self, services: Services) -> None:
        self._services = services

    def requires(self, spec: EnabledSpec) -> Iterable[str]:
        return places(spec.name)

    def locks(self, spec: EnabledSpec) -> Iterable[str]:
        return (lock(spec.name),)

    def watches(self, spec: EnabledSpec) -> Iterable[Watch]:
        return (watch(spec.name),)

    async def observe(self, host: HostReader, spec: EnabledSpec) -> Service:
        return await self._services.look(host, spec.name)

    def plan(self, spec: EnabledSpec, observed: Service | None) -> Plan:
        if observed is None or not observed.known:
            return Plan(
                {spec.name: True},
                f"Service {spec.name} not present; if created in this state run, it would have"
                " been enabled",
            )
        if boot_change(observed, True):
            return Plan({spec.name: True}, f"Service {spec.name} set to be enabled")
        return Plan(comment=f"Service {spec.name} is already enabled, and is in the desired state")

    async def apply(self, host: Host, spec: EnabledSpec, plan: Plan) -> Applied:
        found = await self._services.known(host, spec.name)
        manager = await self._services.manager(host)
        if (spec.unmask and found.mask == "masked") or (
            spec.unmask_runtime and found.mask == "masked-runtime"
        ):
            await manager.unmask(host, spec.name, runtime=found.mask == "masked-runtime")
            found = await manager.look(host, spec.name)
        await set_boot(self._services, host, found, True)
        return Applied(comment=f"Service {spec.name} has been enabled, and is in the desired state")


class Disabled(State[DisabledSpec, Service]):
    """A service that does not start at boot; one that is missing will do."""

    function: ClassVar[str] = "service.disabled"
    backend: ClassVar[Backend | None] = BACKEND
    spec = DisabledSpec

    def __init__(self, services: Services) -> None:
        self._services = services

    def requires(self, spec: DisabledSpec) -> Iterable[str]:
        return places(spec.name)

    def locks(self, spec: DisabledSpec) -> Iterable[str]:
        return (lock(spec.name),)

    def watches(self, spec: DisabledSpec) -> Iterable[Watch]:
        return (watch(spec.name),)

    async def observe(self, host: HostReader, spec: DisabledSpec) -> Service:
        return await self._services.look(host, spec.name)

    def plan(self, spec: DisabledSpec, observed: Service | None) -> Plan:
        if observed is None or not observed.known:
            return Plan(comment=f"The named service {spec.name} is not available")
        if boot_change(observed, False):
            return Plan({spec.name: True}, f"Service {spec.name} set to be disabled")
        return Plan(comment=f"Service {spec.name} is already disabled, and is in the desired state")

    async def apply(self, host: Host, spec: DisabledSpec, plan: Plan) -> Applied:
        found = await self._services.known(host, spec.name)
        await set_boot(self._services, host, found, False)
        return Applied(
            comment=f"Service {spec.name} has been disabled, and is in the desired state"
        )
