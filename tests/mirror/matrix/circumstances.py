"""What goes wrong around a mirror while users do something."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import anyio
import yaml
from anyio.abc import TaskGroup

from mirror.matrix.roles import MASTER
from support.kubernetes.access.identity import User
from support.kubernetes.access.rbac import Ask
from support.kubernetes.faults import Fate
from support.kubernetes.mirrored import Mirrored
from zester.bus.link.connection import open_bus
from zester.bus.server.embedded import EmbeddedServer


@dataclass
class Scene:
    """A cluster, a server, and a mirror between them that can be killed and started."""

    cluster: Mirrored
    server: EmbeddedServer
    tasks: TaskGroup
    _running: anyio.CancelScope | None = field(default=None)
    _ended: anyio.Event = field(default_factory=anyio.Event)

    def start(self) -> None:
        """Start a mirror."""
        self._running, self._ended = anyio.CancelScope(), anyio.Event()
        self.tasks.start_soon(self._mirror, self._running, self._ended)

    async def kill(self) -> None:
        """End the mirror between two steps, whatever it was about to do."""
        if self._running is not None:
            self._running.cancel()
            await self._ended.wait()

    async def _mirror(self, scope: anyio.CancelScope, ended: anyio.Event) -> None:
        try:
            with scope:
                async with open_bus([self.server.url], name="mirror") as bus:
                    await self.cluster.make(bus).run()
        finally:
            ended.set()


Circumstance = Callable[[Scene], AbstractAsyncContextManager[None]]


def mirrors(user: User, _: Ask) -> bool:
    return user == MASTER


@asynccontextmanager
async def normal(_: Scene) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def killed(scene: Scene) -> AsyncIterator[None]:
    """No mirror runs meanwhile."""
    await scene.kill()
    yield
    scene.start()


@asynccontextmanager
async def unavailable(scene: Scene) -> AsyncIterator[None]:
    """The API server answers 503."""
    with scene.cluster.api.faults.answering(503, where=mirrors):
        scene.cluster.api.faults.end_watches()
        yield
        await anyio.sleep(1)


@asynccontextmanager
async def frozen(scene: Scene) -> AsyncIterator[None]:
    """Nothing comes from the API server, longer than anybody should wait for it."""
    with scene.cluster.api.faults.frozen(towards=MASTER.name):
        yield
        await anyio.sleep(2 * scene.cluster.pace.idle)


@asynccontextmanager
async def expired(scene: Scene) -> AsyncIterator[None]:
    """The watch breaks and cannot go on from where it was."""
    api = scene.cluster.api
    with api.faults.answering(503, where=lambda user, ask: ask.verb == "watch"):
        api.faults.end_watches(Fate.EXPIRED)
        yield
        api.cluster.store.compact()


@asynccontextmanager
async def torn(scene: Scene) -> AsyncIterator[None]:
    """The streams are cut in the middle of a line, before and after."""
    scene.cluster.api.faults.end_watches(Fate.TORN)
    yield
    scene.cluster.api.faults.end_watches(Fate.TORN)


@asynccontextmanager
async def ghosts(scene: Scene) -> AsyncIterator[None]:
    """The watch breaks, the server forgets, and deletions are never told."""
    scene.cluster.api.faults.drop_deletions = True
    async with expired(scene):
        yield


@asynccontextmanager
async def no_bus(scene: Scene) -> AsyncIterator[None]:
    """NATS is away."""
    await scene.server.stop()
    yield
    await scene.server.start()


@asynccontextmanager
async def nothing(scene: Scene) -> AsyncIterator[None]:
    """Both are away."""
    async with no_bus(scene), unavailable(scene):
        yield


@asynccontextmanager
async def new_token(scene: Scene) -> AsyncIterator[None]:
    """The token of the service account is replaced by another one, and counts no more."""
    api = scene.cluster.api
    path = api.folder / f"{MASTER.name.replace(':', '-')}.kubeconfig"
    old = yaml.safe_load(path.read_text())["users"][0]["user"]["token"]
    api.kubeconfig(MASTER)
    api.cluster.tokens.revoke(old)
    api.faults.end_watches()
    yield


@asynccontextmanager
async def late_token(scene: Scene) -> AsyncIterator[None]:
    """The old token counts no more, and the new one comes late."""
    api = scene.cluster.api
    old = api.cluster.tokens.last(MASTER)
    api.cluster.tokens.revoke(old)
    api.faults.end_watches()
    yield
    api.kubeconfig(MASTER)


CIRCUMSTANCES: Mapping[str, Circumstance] = {
    "normal": normal,
    "killed": killed,
    "api 503": unavailable,
    "api frozen": frozen,
    "410": expired,
    "torn": torn,
    "ghosts": ghosts,
    "nats away": no_bus,
    "both away": nothing,
    "token rotated": new_token,
    "token late": late_token,
}

WITHOUT_BUS = ("nats away", "both away")


@asynccontextmanager
async def staged(cluster: Mirrored, server: EmbeddedServer) -> AsyncIterator[Scene]:
    """Yield a scene in which a mirror runs."""
    async with anyio.create_task_group() as tasks:
        scene = Scene(cluster, server, tasks)
        scene.start()
        yield scene
        await scene.kill()
