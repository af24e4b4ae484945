"""A mirror, and a peel that follows what it publishes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.kubernetes.mirrored import SPACE, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from support.peel import Peel, status_of
from support.sealing import Sealing
from support.trusted import ENV, shared_realm
from zester.bus.fleet import read_fleet
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.nodes.status import PeelStatus
from zester_peel.settings import PeelSettings

SOURCE = f"kube/prod/{SPACE}"
TOP: Json = {"target": "web-*", "states": ["web"]}


@dataclass
class Followed:
    """``web-01`` is enrolled; its root is below the test's folder."""

    cluster: Mirrored
    server: EmbeddedServer
    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Peel]:
        """Run the mirror and the peel."""
        async with self.cluster.running(), self.peel() as peel:
            await eventually("the peel is there", self._there)
            yield peel

    @asynccontextmanager
    async def peel(self) -> AsyncIterator[Peel]:
        """Run the peel alone."""
        self.root.mkdir(exist_ok=True)
        settings = PeelSettings(
            id="web-01", url=(self.server.url,), root=self.root, state_dir=self.folder / "state"
        )
        peel = Peel(settings)
        await Sealing.of(shared_realm()).enrol(self.cluster.bus, "web-01", peel.identity.key)
        async with peel.running():
            yield peel

    async def states(self, text: str, name: str = "web", **spec: Any) -> None:  # noqa: ANN401
        """Have a StateTree say what the state file of its name says; wait until that is seen."""
        files = {f"states/{name}.zy": text}
        spec = {"files": files, "interval": "1s", **spec}
        body = await self.cluster.apply("StateTree", name, spec)

        async def seen() -> bool:
            status = (await self.cluster.get("StateTree", name)).body.get("status", {})
            return bool(status.get("observedGeneration") == body["metadata"]["generation"])

        await eventually(f"StateTree {name} is seen", seen)

    async def _there(self) -> bool:
        fleet = await read_fleet(self.cluster.bus, ENV)
        return any(view.live and view.status is not None for view in fleet.values())

    async def settled(self) -> PeelStatus:
        """Wait until the peel has applied what is published; return its status."""
        found: list[PeelStatus] = []

        async def holds() -> bool:
            head, status = await self.cluster.head(), await status_of(self.cluster.bus)
            if head is None or status is None or status.applied.get(SOURCE) != head.revision:
                return False
            found[:] = [status]
            return status.condition("Reconciling") is None

        await eventually("the peel follows the newest head", holds)
        return found[0]
