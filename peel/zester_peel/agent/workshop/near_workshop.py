"""A workshop in the agent's own process: fifty peels in one need not start fifty more."""

from __future__ import annotations

import anyio

from zester_peel.agent.workshop.craft import Craft
from zester_peel.agent.workshop.orders import Answer, Order
from zester_peel.agent.workshop.workshop import Workshop


class NearWorkshop(Workshop):
    """Does the work in a thread; what it has read stays in memory until its agent goes."""

    def __init__(self) -> None:
        self._craft = Craft()
        self._lock = anyio.Lock()

    async def ask(self, order: Order) -> Answer:
        async with self._lock:
            return await anyio.to_thread.run_sync(self._craft.carry_out, order)

    async def run(self) -> None:
        """Nothing goes on by itself here."""
