"""``service.running``: a service is up."""

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


class RunningSpec(NamedService):
    """Parameters of ``service.running``; ``init_delay``, ``timeout`` and ``wait`` in seconds."""

    enable: Flag | None = None
    sig: Text | None = None
    init_delay: float | None = Field(None, ge=0)
    no_block: Flag = False
    timeout: float = Field(PATIENCE, gt=0)
    unmask: Flag = False
    unmask_runtime: Flag = False
    wait: float = Field(3.0, ge=0)
    reload: Flag = False
    full_restart: Flag = False
    force: Flag = False

    @property
    def manner(self) -> Manner:
        return Manner(no_block=self.no_block, timeout=self.timeout)


class Running(ServiceState[RunningSpec]):
    """A service that is running; a watch that fires restarts or reloads it."""

    function: ClassVar[str] = "service.running"
    spec = RunningSpec

    async def observe(self, host: HostReader, spec: RunningSpec) -> Service:
        wait = 0.0 if spec.no_block else spec.wait
        return await self._services.look(host, spec.name, sig=spec.sig, wait=wait)

    def plan(self, spec: RunningSpec, observed: Service | None) -> Plan:
        found = _seen(spec, observed)
        if not found.known:
            return Plan(
                {spec.name: True},
                f"Service {spec.name} not present; if created in this state run, it would have"
                " been started",
            )
        toggle = boot_change(found, spec.enable)
        if not _up(spec, found):
            return Plan({spec.name: True}, f"Service {spec.name} is set to start")
        if toggle or _unmasking(spec, found):
            what = boot_words(spec.enable) if toggle else "unmasked"
            return Plan({spec.name: True}, f"Service {spec.name} set to be {what}")
        return Plan(comment=f"The service {spec.name} is already running")

    async def apply(self, host: Host, spec: RunningSpec, plan: Plan) -> Applied:
        found = await self._services.known(host, spec.name, sig=spec.sig)
        if _unmasking(spec, found):
            found = await self._unmask(host, spec, found)
        started = not _up(spec, found)
        if started:
            await self._services.act(host, found, "start", spec.manner)
            await self._check_up(host, spec)
        toggled = await set_boot(self._services, host, found, spec.enable)
        return Applied(comment=_told(spec, started=started, toggled=toggled))

    def refreshing(self, spec: RunningSpec, observed: Service | None) -> Plan:
        found = _seen(spec, observed)
        if not found.known or not _up(spec, found):
            return Plan()
        return Plan({spec.name: True}, f"Service is set to be {_done(spec)}")

    async def refresh(self, host: Host, spec: RunningSpec, plan: Plan) -> Applied:
        found = await self._services.known(host, spec.name, sig=spec.sig)
        act = self._services.act
        if not _up(spec, found):
            await act(host, found, "start", spec.manner)
        elif spec.reload:
            await act(host, found, "force-reload" if spec.force else "reload", spec.manner)
        else:
            await act(host, found, "restart", spec.manner)
        await self._check_up(host, spec)
        return Applied(comment=f"Service {_done(spec)}")

    async def _unmask(self, host: Host, spec: RunningSpec, found: Service) -> Service:
        manager = await self._services.manager(host)
        for wanted, runtime in ((spec.unmask, False), (spec.unmask_runtime, True)):
            if wanted:
                await manager.unmask(host, spec.name, runtime=runtime)
        return await manager.look(host, spec.name, spec.sig)

    async def _check_up(self, host: Host, spec: RunningSpec) -> None:
        """Give it its ``init_delay``; raises StateError when it is not up after that."""
        if spec.init_delay:
            await anyio.sleep(spec.init_delay)
        now = await self._services.look(host, spec.name, sig=spec.sig, wait=spec.wait)
        if not _up(spec, now):
            why = f": {now.problem}" if now.problem else ""
            raise StateError(
                f"Service {spec.name} failed to start{why}",
                hint=f"look at: systemctl status {now.id}; journalctl -u {now.id}",
            )


def _seen(spec: RunningSpec, observed: Service | None) -> Service:
    if observed is None:
        raise StateError(f"service {spec.name} was not looked at")
    return observed


def _up(spec: RunningSpec, found: Service) -> bool:
    """``no_block`` asks for no more than that it is on its way."""
    return found.running or (spec.no_block and found.starting)


def _unmasking(spec: RunningSpec, found: Service) -> bool:
    return (spec.unmask and found.mask == "masked") or (
        spec.unmask_runtime and found.mask == "masked-runtime"
    )


def _done(spec: RunningSpec) -> str:
    if spec.reload:
        return "forcefully reloaded" if spec.force else "reloaded"
    return "fully restarted" if spec.full_restart else "restarted"


def _told(spec: RunningSpec, *, started: bool, toggled: bool) -> str:
    words = boot_words(spec.enable)
    if started and spec.enable is not None:
        verb = "has been" if toggled else "is already"
        comment = f"Service {spec.name} {verb} {words}, and is running"
    elif started:
        comment = f"Started service {spec.name}"
    elif toggled:
        comment = f"Service {spec.name} has been {words}, and is in the desired state"
    else:
        comment = f"Service {spec.name} was unmasked"
    if started and spec.init_delay:
        comment += f"\nDelayed return for {spec.init_delay:g} seconds"
    return comment
