"""OpenRC as a service manager."""

from __future__ import annotations

from zester.errors import HostError, StateError
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.manager import Manner, Verb
from zester_peel.states.service.processes import is_running
from zester_peel.states.service.scripts import QUICK, has_script, must, script_name, script_names
from zester_peel.states.service.service import Service

_LEVELS = "/etc/runlevels"
_STARTED, _STOPPED, _STOPPING, _STARTING, _INACTIVE, _CRASHED = 0, 3, 4, 8, 16, 32
"""What ``rc-service NAME status`` ends with."""


class OpenRC:
    """Asks ``rc-service``, and the folders of the run levels."""

    title = "OpenRC"

    async def look(self, host: HostReader, name: str, sig: str | None = None) -> Service:
        script = script_name(name)
        if not await has_script(host, script):
            return Service(name, script, known=False)
        said = await host.probe(("rc-service", script, "status"), timeout=QUICK)
        code = said.returncode
        running = code in (_STARTED, _INACTIVE)
        if sig is not None:
            running = await is_running(host, sig)
        return Service(
            name,
            script,
            known=True,
            running=running,
            alive=running or code in (_STARTING, _STOPPING, _CRASHED),
            starting=code == _STARTING,
            stopping=code == _STOPPING,
            enabled=bool(await _levels(host, script)),
            problem="it has crashed" if code == _CRASHED else "",
        )

    async def names(self, host: HostReader) -> tuple[str, ...]:
        return await script_names(host)

    async def reread(self, host: Host) -> None:
        """Nothing: OpenRC reads its scripts each time."""

    async def act(self, host: Host, service: Service, verb: Verb, manner: Manner) -> None:
        if verb == "start" and service.problem:
            # what has crashed counts as started until somebody says otherwise
            await must(host, ("rc-service", service.id, "zap"))
        word = "reload" if verb == "force-reload" else verb
        await must(host, ("rc-service", service.id, word), timeout=manner.timeout)

    async def enable(self, host: Host, service: Service) -> None:
        await must(host, ("rc-update", "add", service.id, "default"))

    async def disable(self, host: Host, service: Service) -> None:
        # level by level: with --all it fails when some level does not have it
        for level in await _levels(host, service.id):
            await must(host, ("rc-update", "del", service.id, level))

    async def mask(self, host: Host, name: str, *, runtime: bool) -> None:
        raise StateError("OpenRC cannot mask a service")

    async def unmask(self, host: Host, name: str, *, runtime: bool) -> None:
        """Nothing: there are no masks."""


async def _levels(host: HostReader, script: str) -> tuple[str, ...]:
    """Return the run levels that start a service."""
    try:
        levels = await host.listdir(_LEVELS)
    except HostError:
        return ()
    return tuple(
        [level for level in levels if await host.stat(f"{_LEVELS}/{level}/{script}") is not None]
    )
