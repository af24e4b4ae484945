"""Many peels that hear jobs, in processes of their own: each with its key, connection, database."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import anyio

from support.operators import JobPeel, announce
from support.trusted import login_as
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable
from zester.targeting.node import NodeView
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

PROCESSES = 2


class Crowd:
    """Peels that run until the end of ``with``; then ``told`` says how often each answered."""

    def __init__(self, realm: Realm, url: str, folder: Path, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._realm = realm
        self._url = url
        self._folder = folder

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run them; begin before there is an event loop, for processes are forked."""
        context = multiprocessing.get_context("fork")
        started = [
            context.Process(target=self._run, args=(self.names[each::PROCESSES],), daemon=True)
            for each in range(PROCESSES)
        ]
        for process in started:
            process.start()
        try:
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.join(20)
                process.kill()

    def told(self) -> dict[str, dict[str, int]]:
        """Return how often each peel told what became of a job, by status."""
        return {
            name: json.loads((self._folder / name / "told.json").read_text()) for name in self.names
        }

    def _run(self, names: Sequence[str]) -> None:
        anyio.run(self._serve, names)

    async def _serve(self, names: Sequence[str]) -> None:
        with anyio.open_signal_receiver(signal.SIGTERM) as signals:
            async with anyio.create_task_group() as tasks:
                for name in names:
                    tasks.start_soon(self._peel, name)
                async for _ in signals:
                    tasks.cancel_scope.cancel()
                    break

    async def _peel(self, name: str) -> None:
        peel = JobPeel(self._realm, self._folder / name, NodeView(name), shares_disk=True)
        bus = Bus([self._url], name=name, login=login_as(self._realm, Tier.PEEL, name))
        try:
            async with AsyncExitStack() as stack:
                tasks = await stack.enter_async_context(anyio.create_task_group())
                await tasks.start(bus.supervise)
                await stack.enter_async_context(peel.running(bus, announced=False))
                await self._announced(bus, peel.node)
                await anyio.sleep_forever()
        finally:
            told = {key[0]: int(count) for key, count in peel.metrics.agent_jobs.values.items()}
            (self._folder / name / "told.json").write_text(json.dumps(told))

    @staticmethod
    async def _announced(bus: Bus, node: NodeView) -> None:
        while True:
            try:
                await announce(bus, node)
            except (BusUnavailable, BusRefused):
                await anyio.sleep(0.1)  # the buckets are not made yet
            else:
                return


def names_of(count: int) -> tuple[str, ...]:
    """Return the names of so many peels."""
    return tuple(f"peel-{number:03}" for number in range(count))
