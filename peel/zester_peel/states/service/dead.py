"""``service.dead``: a service is not running."""

from __future__ import annotations

from typing import ClassVar

import anyio
from pydantic import Field

from zester.errors import StateError
from zester_peel.engine.fields import Flag, Text
from zester_peel.engine.state import Applied, Plan
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.boot import boot_change, boot_words, set_boot
from zester_peel.states.service.manager import PATIENCE, Manner
from zester_peel.states.service.service import Service
from zester_peel.states.service.service_state import NamedService, ServiceState


class DeadSpec(NamedService):
    """Parameters of ``service.dead``; ``init_delay`` and ``timeout`` in seconds."""

    enable: Flag | None = None
    sig: Text | None = None
    init_delay: float | None = Field(None, ge=0)
    no_block: Flag = False
    timeout: float = Field(PATIENCE, gt=0)


class Dead(ServiceState[DeadSpec]):
    """A service that does not run; one that is missing will do."""

    function: ClassVar[str] = "service.dead"
    spec = DeadSpec

    async def observe(self, host: HostReader, spec: DeadSpec) -> Service:
        return await self._services.look(host, spec.name, sig=spec.sig)

    def plan(self, spec: DeadSpec, observed: Service | None) -> Plan:
        if observed is None or not observed.known:
            return Plan(comment=f"The named service {spec.name} is not available")
        if _up(spec, observed):
            return Plan({spec.name: False}, f"Service {spec.name} is set to be killed")
        if boot_change(observed, spec.enable):
            words = boot_words(spec.enable)
            return Plan({spec.name: True}, f"Service {spec.name} set to be {words}")
        return Plan(comment=f"The service {spec.name} is already dead")

    async def apply(self, host: Host, spec: DeadSpec, plan: Plan) -> Applied:
        found = await self._services.known(host, spec.name, sig=spec.sig)
        killed = _up(spec, found)
        if killed:
            manner = Manner(no_block=spec.no_block, timeout=spec.timeout)
            await self._services.act(host, found, "stop", manner)
            if spec.init_delay:
                await anyio.sleep(spec.init_delay)
            if _up(spec, await self._services.look(host, spec.name, sig=spec.sig)):
                raise StateError(f"Service {spec.name} failed to die")
        toggled = await set_boot(self._services, host, found, spec.enable)
        return Applied(comment=_told(spec, found, killed=killed, toggled=toggled))


def _up(spec: DeadSpec, found: Service) -> bool:
    """``no_block`` asks for no more than that it is on its way down."""
    return found.alive and not (spec.no_block and found.stopping)


def _told(spec: DeadSpec, found: Service, *, killed: bool, toggled: bool) -> str:
    if not toggled:
        comment = f"Service {spec.name} was killed"
    else:
        state = "is dead" if killed else "is in the desired state"
        comment = f"Service {spec.name} has been {boot_words(spec.enable)}, and {state}"
    if killed and found.triggers:
        comment += f"; it can be started again by {', '.join(found.triggers)}"
    return comment
