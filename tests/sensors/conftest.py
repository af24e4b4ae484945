"""A machine below a temporary folder, and a sensor on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from zester.telemetry.metrics import Metrics
from zester_peel.engine.watch import Watch
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Signature
from zester_peel.sensors.path.inotify import Inotify
from zester_peel.sensors.paths import PathSensor

PATIENCE = 10.0
SENTINEL = "/.sentinel/now"


class Machine:
    """A root with files in it, what the sensor said about them, and the engine's side."""

    def __init__(self, root: Path) -> None:
        self.host = LinuxHost(root)
        self.metrics = Metrics()
        self.said: list[str] = []
        self.told: list[Watch] = []
        self._news = anyio.Event()
        self._rounds = 0
        self.sensor = self.make()

    def make(
        self, *, poll_interval: float = 0.02, source: Callable[[], Inotify] = Inotify
    ) -> PathSensor:
        self.sensor = PathSensor(
            self.host.real,
            self.host.signature,
            poll_interval=poll_interval,
            metrics=self.metrics,
            source=source,
        )
        return self.sensor

    def path(self, name: str) -> Path:
        return self.host.root / name.lstrip("/")

    def write(self, name: str, text: str = "wished") -> Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def emit(self, watch: Watch) -> None:
        self.said.append(watch.target)
        self.told.append(watch)
        self._news.set()

    def watch(self, *names: str, follow: bool = False) -> None:
        wanted = {Watch("path", name, follow) for name in names}
        self.path(SENTINEL).parent.mkdir(exist_ok=True)
        self.sensor.set(frozenset(wanted | {Watch("path", SENTINEL)}))

    def signatures(self, *names: str, racy: bool = False) -> dict[str, Signature | None]:
        """What the engine would have seen, had it looked now or when nothing was racy any more."""
        found: dict[str, Signature | None] = {}
        for name in names:
            seen = self.host.signature(name)
            found[name] = seen and seen._replace(racy=racy)
        return found

    def settle(self, *names: str, racy: bool = False) -> None:
        self.sensor.settle(self.signatures(*names, racy=racy))

    async def wish(self, *names: str, follow: bool = False) -> None:
        """Watch and settle these as they are, and let it sink in."""
        self.watch(*names, follow=follow)
        self.settle(*names)
        assert await self.quiet() == []

    async def heard(self, *names: str) -> None:
        """Wait until the sensor has spoken of all of these; forget what it said."""
        with anyio.fail_after(PATIENCE):
            while not set(names) <= set(self.said):
                await self._hear()
        self.said.clear()

    async def quiet(self) -> list[str]:
        """Wait until all that happened so far is judged; return and forget what was said.

        Events keep their order, so the last one shows that the others are through; a polling
        sensor must have been round twice.
        """
        heard: list[str] = []
        for _ in range(2 if self.sensor.degraded else 1):
            with anyio.fail_after(PATIENCE):
                while SENTINEL not in self.said:
                    self._rounds += 1
                    self.path(SENTINEL).write_text("x" * (self._rounds % 1000))
                    with anyio.move_on_after(0.2):
                        await self._hear()
            heard += [name for name in self.said if name != SENTINEL]
            self.said.clear()
        return heard

    async def _hear(self) -> None:
        self._news = anyio.Event()
        await self._news.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            await tasks.start(self.sensor.run, self.emit)
            yield
            tasks.cancel_scope.cancel()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    root = tmp_path / "root"
    root.mkdir()
    return Machine(root)
