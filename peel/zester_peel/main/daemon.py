"""The agent's own process.

``zester-peel run`` checks what it was given and then becomes this, so that nothing of the command
line stays in memory for months.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

import anyio
import anyio.abc

from zester import __version__
from zester.errors import ZesterError, leaves
from zester.telemetry.checks import Checks
from zester.telemetry.logs import setup
from zester.telemetry.metrics import Metrics
from zester.telemetry.probes import serve_probes
from zester.telemetry.redaction.crashes import conceal_crashes
from zester.telemetry.redaction.vault import Vault
from zester_peel.agent.agent import Agent
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import PeelLogin
from zester_peel.agent.identity.machine_mark import bind
from zester_peel.agent.memory import OwnMemory, spare_memory
from zester_peel.agent.secrecy.dumps import refuse_dumps
from zester_peel.agent.state_lock import StateLock
from zester_peel.agent.workshop.workshop import DistantWorkshop
from zester_peel.host.linux import LinuxHost
from zester_peel.host.processes.leash import Leash
from zester_peel.main.handover import take_over
from zester_peel.main.notify import Notifier
from zester_peel.sensors.mounts import MountSensor
from zester_peel.sensors.paths import PathSensor
from zester_peel.sensors.sensor import Sensor
from zester_peel.sensors.units import UnitSensor
from zester_peel.sensors.values import ValueSensor
from zester_peel.settings import PeelSettings
from zester_peel.states.registry import REGISTRY

THREADS = 3

log = logging.getLogger(__name__)


def main() -> None:
    """Run the agent until SIGTERM; exit 1 with one log line when it cannot run."""
    settings, level, style = take_over()
    vault = Vault()
    conceal_crashes(vault)
    setup(level, "human" if style == "human" else "json", redactor=vault)
    spare_memory()
    refuse_dumps()
    os.umask(0o022)
    try:
        with StateLock(settings.state_dir):
            anyio.run(_serve, settings, vault)
    except* ZesterError as group:
        for error in leaves(group):
            log.error("peel cannot run", extra={"error": str(error), "hint": error.hint})
        sys.exit(1)


async def _serve(settings: PeelSettings, vault: Vault) -> None:
    # Threads are for fsync and large files; each idle one would keep a stack for nothing.
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    metrics = Metrics()
    metrics.build.set(1, component="peel", version=__version__)
    checks = Checks("bus", "desired")
    leash = Leash(settings.state_dir / "commands")
    await anyio.to_thread.run_sync(leash.end_leftovers)
    host = LinuxHost(settings.root, leash=leash)
    sensors = _sensors(settings, host, metrics)
    identity = Identity.load(settings.state_dir)
    bind(identity)
    memory = OwnMemory()
    agent = Agent(
        settings,
        host,
        REGISTRY,
        sensors,
        metrics=metrics,
        checks=checks,
        identity=identity,
        login=PeelLogin(identity),
        workshop=DistantWorkshop(leash),
        vault=vault,
        memory=memory,
    )
    async with anyio.create_task_group() as tasks:
        if settings.probe:
            address, _, port = settings.probe.rpartition(":")
            await tasks.start(_probes, checks, metrics, address or "127.0.0.1", int(port))
        notifier = Notifier()
        await tasks.start(_heed_signals, agent, notifier)
        tasks.start_soon(notifier.live)
        tasks.start_soon(memory.stay_small)
        notifier.tell("READY=1")
        await agent.run()
        tasks.cancel_scope.cancel()


def _sensors(settings: PeelSettings, host: LinuxHost, metrics: Metrics) -> tuple[Sensor, ...]:
    """Return what watches this machine; below another root there are only its files."""
    every = settings.poll_interval
    files: tuple[Sensor, ...] = (
        PathSensor(host.real, host.signature, poll_interval=every, metrics=metrics),
        ValueSensor(host.real, poll_interval=every, metrics=metrics),
    )
    if host.root != Path("/"):
        return files
    return (
        *files,
        UnitSensor(poll_interval=every, metrics=metrics),
        MountSensor(poll_interval=every, metrics=metrics),
    )


async def _probes(
    checks: Checks,
    metrics: Metrics,
    host: str,
    port: int,
    *,
    task_status: anyio.abc.TaskStatus[tuple[str, int]],
) -> None:
    await serve_probes("peel", checks, host, port, metrics=metrics, task_status=task_status)


async def _heed_signals(
    agent: Agent, notifier: Notifier, *, task_status: anyio.abc.TaskStatus[None]
) -> None:
    """SIGHUP collects the facts anew, SIGTERM and SIGINT end the agent."""
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        task_status.started()
        async for number in signals:
            if number != signal.SIGHUP:
                notifier.tell("STOPPING=1")
                agent.stop()
                return
            agent.refresh_facts()


if __name__ == "__main__":
    main()
