"""Init scripts and the links of the run levels, where nothing else manages services."""

from __future__ import annotations

import re

from zester.errors import HostError, StateError
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.manager import Manner, Verb
from zester_peel.states.service.processes import is_running
from zester_peel.states.service.scripts import (
    FOLDER,
    QUICK,
    has_script,
    must,
    script_name,
    script_names,
)
from zester_peel.states.service.service import Service

_LEVELS = tuple(
    f"{above}/rc{level}.d" for above in ("/etc", "/etc/rc.d") for level in ("S", 2, 3, 4, 5)
)
_TOOLS = (
    ("/usr/sbin/update-rc.d", "update-rc.d"),
    ("/sbin/chkconfig", "chkconfig"),
    ("/usr/sbin/chkconfig", "chkconfig"),
)


class SysV:
    """Runs the scripts in ``/etc/init.d``; ``update-rc.d`` or ``chkconfig`` keep the links."""

    title = "System V init"

    async def look(self, host: HostReader, name: str, sig: str | None = None) -> Service:
        script = script_name(name)
        if not await has_script(host, script):
            return Service(name, script, known=False)
        if sig is not None:
            running = await is_running(host, sig)
        else:
            said = await host.probe((f"{FOLDER}/{script}", "status"), cwd="/", timeout=QUICK)
            running = said.returncode == 0
        return Service(
            name,
            script,
            known=True,
            running=running,
            alive=running,
            enabled=await _enabled(host, script),
        )

    async def names(self, host: HostReader) -> tuple[str, ...]:
        return await script_names(host)

    async def reread(self, host: Host) -> None:
        """Nothing: the scripts are all there is."""

    async def act(self, host: Host, service: Service, verb: Verb, manner: Manner) -> None:
        await must(host, (f"{FOLDER}/{service.id}", verb), timeout=manner.timeout)

    async def enable(self, host: Host, service: Service) -> None:
        if await _tool(host) == "chkconfig":
            await must(host, ("chkconfig", service.id, "on"))
            return
        await must(host, ("update-rc.d", service.id, "defaults"))
        await must(host, ("update-rc.d", service.id, "enable"))

    async def disable(self, host: Host, service: Service) -> None:
        if await _tool(host) == "chkconfig":
            await must(host, ("chkconfig", service.id, "off"))
        else:
            await must(host, ("update-rc.d", service.id, "disable"))

    async def mask(self, host: Host, name: str, *, runtime: bool) -> None:
        raise StateError("init scripts cannot be masked")

    async def unmask(self, host: Host, name: str, *, runtime: bool) -> None:
        """Nothing: there are no masks."""


async def _enabled(host: HostReader, script: str) -> bool:
    link = re.compile(rf"S\d\d{re.escape(script)}")
    for level in _LEVELS:
        try:
            names = await host.listdir(level)
        except HostError:  # not every system has every level
            continue
        if any(link.fullmatch(name) for name in names):
            return True
    return False


async def _tool(host: HostReader) -> str:
    for path, tool in _TOOLS:
        if await host.stat(path, follow=True) is not None:
            return tool
    raise StateError(
        "cannot change what starts at boot: neither update-rc.d nor chkconfig is there"
    )
