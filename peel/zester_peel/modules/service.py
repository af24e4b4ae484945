"""``service.…``: the services of the machine, with systemd, OpenRC or init scripts."""

from __future__ import annotations

from zester_peel.modules.calling.call import Call
from zester_peel.states.service.manager import Manner, Verb
from zester_peel.states.service.service import Service, ServiceName
from zester_peel.states.service.services import Services


async def status(call: Call, name: ServiceName, sig: str | None = None) -> bool:
    """Answer whether a service runs; ``sig`` is a part of its command line."""
    return (await _known(call, name, sig)).running


async def available(call: Call, name: ServiceName) -> bool:
    """Answer whether there is a service of this name."""
    return (await Services().look(call.around.host, name)).known


async def missing(call: Call, name: ServiceName) -> bool:
    """Answer whether there is no service of this name."""
    return not await available(call, name)


async def enabled(call: Call, name: ServiceName) -> bool:
    """Answer whether a service starts at boot."""
    return (await _known(call, name)).enabled


async def disabled(call: Call, name: ServiceName) -> bool:
    """Answer whether a service does not start at boot."""
    return not (await _known(call, name)).enabled


async def masked(call: Call, name: ServiceName) -> bool:
    """Answer whether a service is masked."""
    return bool((await _known(call, name)).mask)


async def get_all(call: Call) -> list[str]:
    """Answer the names of all services."""
    manager = await Services().manager(call.around.host)
    return sorted(set(await manager.names(call.around.host)))


async def start(call: Call, name: ServiceName, no_block: bool = False) -> bool:
    """Start a service and answer whether it runs."""
    return await _act(call, name, "start", no_block)


async def stop(call: Call, name: ServiceName, no_block: bool = False) -> bool:
    """Stop a service and answer whether it is down."""
    await _act(call, name, "stop", no_block)
    return call.test or not (await _known(call, name)).running


async def restart(call: Call, name: ServiceName, no_block: bool = False) -> bool:
    """Stop and start a service and answer whether it runs."""
    return await _act(call, name, "restart", no_block)


async def reload(call: Call, name: ServiceName, no_block: bool = False) -> bool:
    """Have a service read its configuration again and answer whether it runs."""
    return await _act(call, name, "reload", no_block)


async def enable(call: Call, name: ServiceName) -> bool:
    """Have a service started at boot and answer whether it will be."""
    return await _boot(call, name, enabled=True)


async def disable(call: Call, name: ServiceName) -> bool:
    """Have a service not started at boot and answer whether it will not be."""
    return await _boot(call, name, enabled=False)


async def _known(call: Call, name: str, sig: str | None = None) -> Service:
    return await Services().known(call.around.host, name, sig=sig)


async def _act(call: Call, name: str, verb: Verb, no_block: bool) -> bool:
    host, services = call.around.host, Services()
    found = await services.known(host, name)
    if call.test:
        return found.running
    await services.act(host, found, verb, Manner(no_block=no_block))
    return (await services.look(host, name, wait=5.0)).running


async def _boot(call: Call, name: str, *, enabled: bool) -> bool:
    host, services = call.around.host, Services()
    found = await services.known(host, name)
    if found.enabled is not enabled and not call.test:
        await services.set_enabled(host, found, enabled=enabled)
        found = await services.look(host, name)
    return found.enabled is enabled
