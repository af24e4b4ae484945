"""``service.enabled`` and ``service.disabled``: what starts at boot."""

from __future__ import annotations

from typing import ClassVar

from zester.errors import StateError
from zester_peel.engine.fields import Flag
from zester_peel.engine.state import Applied, Plan
from zester_peel.host.protocol import Host
from zester_peel.states.service.service import Service
from zester_peel.states.service.service_state import NamedService, ServiceState
from zester_peel.states.service.services import Services


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


class EnabledSpec(NamedService):
    """Parameters of ``service.enabled``."""

    unmask: Flag = False
    unmask_runtime: Flag = False


class DisabledSpec(NamedService):
    """Parameters of ``service.disabled``."""


class Enabled(ServiceState[EnabledSpec]):
    """A service that starts at boot."""

    function: ClassVar[str] = "service.enabled"
    spec = EnabledSpec

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


class Disabled(ServiceState[DisabledSpec]):
    """A service that does not start at boot; one that is missing will do."""

    function: ClassVar[str] = "service.disabled"
    spec = DisabledSpec

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
