"""A peel in this process: the real agent, host, states and sensor below a folder of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio

from support.trusted import ENV, bus_as, enrolled
from zester.bus.buckets import STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusUnavailable
from zester.resources.nodes.status import PeelStatus
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, Published, publish_tree
from zester.trust.tiers import Tier
from zester_peel.agent.agent import Agent
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import PeelLogin
from zester_peel.agent.memory import SharedMemory
from zester_peel.agent.workshop.near_workshop import NearWorkshop
from zester_peel.host.linux import LinuxHost
from zester_peel.sensors.paths import PathSensor
from zester_peel.settings import PeelSettings
from zester_peel.states.registry import REGISTRY


class Peel:
    """A running peel and what a test wants to know of it; on a server of a realm it logs in."""

    def __init__(self, settings: PeelSettings, identity: Identity | None = None) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.identity = identity or enrolled(settings.state_dir, settings.id, env=settings.env)
        host = LinuxHost(settings.root)
        self.sensor = PathSensor(host.real, host.signature, metrics=self.metrics)
        self.agent = Agent(
            settings,
            host,
            REGISTRY,
            (self.sensor,),
            metrics=self.metrics,
            checks=Checks("bus", "desired"),
            identity=self.identity,
            login=PeelLogin(self.identity) if settings.url[0].startswith("tls:") else None,
            workshop=NearWorkshop(),
            memory=SharedMemory(),
        )

    @property
    def root(self) -> Path:
        return self.settings.root

    def runs(self, cause: str) -> float:
        """Runs of a cause that changed something or failed."""
        values = self.metrics.agent_runs.values
        return sum(values.get((cause, result), 0) for result in ("changed", "failed"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Peel]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.agent.run)
            try:
                yield self
            finally:
                self.agent.stop()


def enrolled_peel(server: EmbeddedServer, folder: Path) -> Peel:
    """Make ``web-01``, accepted by the realm of a server; its root is below a folder."""
    root, state = folder / "root", folder / "state"
    root.mkdir()
    settings = PeelSettings(id="web-01", url=(server.url,), root=root, state_dir=state)
    return Peel(settings, enrolled(state, "web-01", realm=server.realm))


async def push_as_publisher(
    server: EmbeddedServer, folder: Path, files: Mapping[str, str]
) -> Published:
    """Write files below a folder, and push it as a publisher of the server's realm."""
    realm = server.realm
    assert realm is not None
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    authority = Authority(realm.signer(ENV, Tier.PUBLISHER), realm.verifier(ENV))
    async with bus_as(server, Tier.PUBLISHER) as bus:
        to = Destination(ENV, "cli", "tester")
        return await publish_tree(bus, build_tree(folder), to, authority)


MakePeel = Callable[..., Peel]
"""``make_peel(url, node="web-01", **settings)``."""

Push = Callable[..., Awaitable[Published]]
"""``await push({path: text}, source="cli", priority=None)``."""


async def until(what: str, holds: Callable[[], Any], timeout: float = 60) -> None:
    """Wait until something holds; fail with its name."""
    with anyio.move_on_after(timeout):
        while True:
            found = holds()
            if hasattr(found, "__await__"):
                found = await found
            if found:
                return
            await anyio.sleep(0.005)
    raise AssertionError(f"not within {timeout} s: {what}")


async def status_of(bus: Bus, node: str = "web-01") -> PeelStatus | None:
    """What a peel reported last."""
    entry = await Kv(bus, STATUS, PeelStatus).get(make_key(node))
    return entry.value if entry else None


async def applied(bus: Bus, revision: int, node: str = "web-01") -> bool:
    """Whether a peel has applied a revision of the source ``cli``; ask again where none answers."""
    try:
        status = await status_of(bus, node)
    except BusUnavailable:
        return False  # fifty peels in one process may keep the loop for long
    return status is not None and status.applied.get("cli") == revision
