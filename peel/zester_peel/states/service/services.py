"""The services of a machine, whoever manages them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import anyio

from zester.errors import StateError
from zester_peel.engine.backend import Backend
from zester_peel.engine.suggestion import suggest
from zester_peel.engine.watch import Watch
from zester_peel.host.protocol import Host, HostReader
from zester_peel.states.service.manager import Manager, Manner, Verb
from zester_peel.states.service.openrc import OpenRC
from zester_peel.states.service.service import Service, unit_of
from zester_peel.states.service.systemd import Systemd
from zester_peel.states.service.sysv import SysV

_MARKS = (
    ("/run/systemd/system", "systemd"),
    ("/run/openrc", "openrc"),
    ("/etc/init.d", "sysv"),
)
"""What only exists where that manager runs, the surest first."""

BACKEND = Backend(
    "service manager",
    tuple(mark for mark, _ in _MARKS),
    known="systemd, OpenRC and /etc/init.d are",
    whole=True,
)

_FOLDERS = ("/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


class Services:
    """Finds the manager that runs here, and asks it; one object for all service states."""

    def __init__(self) -> None:
        self._managers: dict[str, Manager] = {
            "systemd": Systemd(),
            "openrc": OpenRC(),
            "sysv": SysV(),
        }

    async def manager(self, host: HostReader) -> Manager:
        """Return the manager that runs now; raises StateError when there is none."""
        if host.root != Path("/"):
            raise StateError(
                f"services below {host.root} cannot be managed: they run on the whole machine",
                hint="leave --root out, or keep service states out of this tree",
            )
        for mark, name in _MARKS:
            if await host.stat(mark, follow=True) is not None:
                return self._managers[name]
        raise StateError(
            "no service manager was found: neither systemd nor OpenRC runs here, and there is no"
            " /etc/init.d"
        )

    async def look(
        self, host: HostReader, name: str, *, sig: str | None = None, wait: float = 0.0
    ) -> Service:
        """Return what a service is; one that is starting gets ``wait`` seconds to be up."""
        manager = await self.manager(host)
        found = await manager.look(host, name, sig)
        pause = _FIRST_PAUSE
        with anyio.move_on_after(wait):
            while found.starting and not found.running:
                await anyio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
                found = await manager.look(host, name, sig)
        return found

    async def known(self, host: Host, name: str, *, sig: str | None = None) -> Service:
        """Return a service to act upon; raises StateError naming the nearest when there is none."""
        manager = await self.manager(host)
        found = await manager.look(host, name, sig)
        if not found.known:  # its file may be newer than what the manager knows
            await manager.reread(host)
            found = await manager.look(host, name, sig)
        if found.known:
            return found
        near = suggest(name, await manager.names(host))
        why = f": {found.problem}" if found.problem else ""
        raise StateError(f"The named service {name} is not available{near}{why}")

    async def act(self, host: Host, service: Service, verb: Verb, manner: Manner) -> None:
        """Start it, stop it, and so on."""
        if service.mask and verb != "stop":
            raise StateError(
                f"service {service.name} is {service.mask.replace('-', ' ')} and cannot {verb}",
                hint="add unmask: true (unmask_runtime for a mask until the next boot)",
            )
        await (await self.manager(host)).act(host, service, verb, manner)

    async def set_enabled(self, host: Host, service: Service, *, enabled: bool) -> None:
        """Have it started at boot, or not."""
        manager = await self.manager(host)
        await (manager.enable if enabled else manager.disable)(host, service)


def places(name: str) -> Iterable[str]:
    """Return where a service's own file may be, as resources that other states may provide."""
    unit = unit_of(name)
    template = unit.partition("@")[0] + "@" + unit[unit.rindex(".") :] if "@" in unit else unit
    for folder in _FOLDERS:
        yield f"path:{folder}/{unit}"
        if template != unit:
            yield f"path:{folder}/{template}"
    yield f"path:/etc/init.d/{name}"


def lock(name: str) -> str:
    """Return the resource that states about one service share."""
    return f"service:{unit_of(name)}"


def watch(name: str) -> Watch:
    """Return what reveals that somebody started, stopped, enabled or disabled it."""
    return Watch("unit", unit_of(name))
