"""``zester-peel run``: the agent."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
from pathlib import Path

import anyio
import anyio.abc
import click

from zester import __version__
from zester.telemetry.checks import Checks
from zester.telemetry.logs import setup
from zester.telemetry.metrics import Metrics
from zester.telemetry.probes import serve_probes
from zester_peel.agent.agent import Agent
from zester_peel.host.linux import LinuxHost
from zester_peel.sensors.paths import PathSensor
from zester_peel.settings import PeelSettings
from zester_peel.states.registry import REGISTRY

_M_ARENA_MAX = -8
_M_TRIM_THRESHOLD = -1


@click.command()
@click.option("--config", type=click.Path(path_type=Path), help="Default: /etc/zester/peel.yaml")
@click.option("--id", "id_", help="Default: this machine's fully qualified name.")
@click.option("--url", metavar="URL[,URL…]", help="NATS servers.")
@click.option("--env", help="Environment to follow. Default: base.")
@click.option("--root", type=click.Path(path_type=Path), help="Manage files below this folder.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Default: /var/lib/zester/peel")
@click.option("--probe", help="host:port of health and metrics; empty = none, port 0 = any.")
@click.option("--bus-resync", type=float, help="Seconds between looks at the heads.")
@click.option("--host-resync", type=float, help="Seconds between looks at every state.")
@click.option("--contested-after", type=int, help="Corrections in a minute that mean a fight.")
@click.option("--log-level", default="info", show_default=True)
@click.option("--log-style", type=click.Choice(["json", "human"]), default="json")
def run(
    config: Path | None, id_: str | None, log_level: str, log_style: str, **given: object
) -> None:
    """Follow an environment and keep this machine as it says, until SIGTERM."""
    settings = PeelSettings.load(config, {"id": id_, **given})
    setup(log_level, "human" if log_style == "human" else "json")
    _spare_memory()
    os.umask(0o022)
    anyio.run(_serve, settings)


def _spare_memory() -> None:
    """An agent that mostly waits should not hold on to what one busy moment needed."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 1)
        libc.mallopt(_M_TRIM_THRESHOLD, 256 * 1024)
    except (OSError, AttributeError):
        return  # not glibc


async def _serve(settings: PeelSettings) -> None:
    metrics = Metrics()
    metrics.build.set(1, component="peel", version=__version__)
    checks = Checks("bus", "desired")
    host = LinuxHost(settings.root)
    sensor = PathSensor(
        host.real, host.signature, poll_interval=settings.poll_interval, metrics=metrics
    )
    agent = Agent(settings, host, REGISTRY, (sensor,), metrics=metrics, checks=checks)
    async with anyio.create_task_group() as tasks:
        if settings.probe:
            address, _, port = settings.probe.rpartition(":")
            await tasks.start(_probes, checks, metrics, address or "127.0.0.1", int(port))
        tasks.start_soon(_stop_on_signal, agent)
        gc.freeze()
        await agent.run()
        tasks.cancel_scope.cancel()


async def _probes(
    checks: Checks,
    metrics: Metrics,
    host: str,
    port: int,
    *,
    task_status: anyio.abc.TaskStatus[tuple[str, int]],
) -> None:
    await serve_probes("peel", checks, host, port, metrics=metrics, task_status=task_status)


async def _stop_on_signal(agent: Agent) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            agent.stop()
            return
