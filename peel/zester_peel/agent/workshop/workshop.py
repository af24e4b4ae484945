"""The workshop as the agent sees it."""

from __future__ import annotations

import pickle
import sys
from typing import Protocol

import anyio

from zester.errors import ZesterError
from zester_peel.agent.workshop.orders import Answer, Order
from zester_peel.host.processes.companion import Companion
from zester_peel.host.processes.leash import Leash

PROGRAM = "zester_peel.agent.workshop"
OPTIONS = ("-OO", "-X", "no_debug_ranges")
"""As the agent's own process: the same compiled modules serve both."""

REST = 60.0
"""Seconds without an order after which the process ends; starting it anew takes about 0.15 s."""

DEADLINE = 600.0
"""Seconds for one order: templates have limits of their own, Python files of a tree have none."""


class Workshop(Protocol):
    """Carries out orders for an agent."""

    async def ask(self, order: Order) -> Answer:
        """Return what was asked for.

        Raises SourceError (with file and line), BlobUnavailable, CommandTimeout, CompanionLost.
        """
        ...

    async def run(self) -> None:
        """Look after it until cancelled; then nothing of it goes on."""
        ...


class DistantWorkshop(Workshop):
    """Has another process do the work, which ends when there was none for ``rest`` seconds."""

    def __init__(
        self, leash: Leash | None = None, *, rest: float = REST, deadline: float = DEADLINE
    ) -> None:
        self._companion = Companion((sys.executable, *OPTIONS, "-m", PROGRAM), leash=leash)
        self._rest = rest
        self._deadline = deadline
        self._asked = anyio.Event()
        self._lock = anyio.Lock()

    async def ask(self, order: Order) -> Answer:
        message = pickle.dumps(order, protocol=pickle.HIGHEST_PROTOCOL)
        async with self._lock:
            try:
                data = await self._companion.ask(message, timeout=self._deadline)
            finally:
                self._asked.set()
        answer = pickle.loads(data)  # noqa: S301 - from a process of our own
        del data
        if isinstance(answer, ZesterError):
            raise answer
        return answer  # type: ignore[no-any-return]  # what the craft gives

    async def run(self) -> None:
        try:
            while True:
                self._asked = anyio.Event()
                with anyio.move_on_after(self._rest if self._companion.running else None):
                    await self._asked.wait()
                if not self._asked.is_set():
                    async with self._lock:
                        if not self._asked.is_set():
                            await self._companion.end()
        finally:
            await self._companion.end()
