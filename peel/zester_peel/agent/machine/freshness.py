"""Keep the facts of a machine fresh."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio

from zester_peel.agent.machine.machine import Machine
from zester_peel.facts.addresses import addresses
from zester_peel.facts.collect import source_below
from zester_peel.facts.custom.programs import program_facts
from zester_peel.host.protocol import HostReader
from zester_peel.sensors.addresses import AddressSensor


class Freshness:
    """Collects facts when an address changes, when asked, and every ``interval`` seconds.

    ``changed`` is called when anything that counts is different. Programs run when asked and every
    ``interval`` only, each for at most ``timeout`` seconds. Of a machine that is not ``here`` no
    program and no address of this computer tells anything.
    """

    def __init__(
        self,
        machine: Machine,
        host: HostReader,
        *,
        interval: float,
        timeout: float,
        changed: Callable[[], None],
        here: bool = True,
        sensor: AddressSensor | None = None,
    ) -> None:
        self._machine = machine
        self._host = host
        self._interval = interval
        self._timeout = timeout
        self._changed = changed
        self._here = here
        self._sensor = sensor or AddressSensor(addresses)
        self._asked = anyio.Event()

    def ask(self) -> None:
        """Ask for everything anew, now."""
        self._asked.set()

    async def collect(self) -> None:
        """Run the programs, and collect everything."""
        if self._here:
            source = source_below(self._machine.node, Path(self._host.root))
            self._machine.added = await program_facts(source, self._host, timeout=self._timeout)
        self.refresh()

    async def run(self) -> None:
        """Work until cancelled; the first time is after ``interval`` seconds."""
        async with anyio.create_task_group() as tasks:
            if self._here:
                tasks.start_soon(self._sensor.run, self.refresh)
            while True:
                with anyio.move_on_after(self._interval):
                    await self._asked.wait()
                self._asked = anyio.Event()
                await self.collect()

    def refresh(self) -> None:
        """Collect everything but what programs say."""
        problems = self._machine.problems
        if self._machine.refresh() or self._machine.problems != problems:
            self._changed()
