"""The workshop of a simulated peel."""

from __future__ import annotations

import anyio.lowlevel

from zester.templating.cache.library import Library
from zester_peel.agent.workshop.craft import Craft
from zester_peel.agent.workshop.orders import Answer, Order
from zester_peel.agent.workshop.workshop import Workshop


class SwarmWorkshop(Workshop):
    """Does the work at once, and lets others have their turn before it.

    Threads of many peels in one process would only wait for each other, and everything that one of
    them is about to compile would be compiled by the others too.
    """

    def __init__(self, library: Library) -> None:
        self._craft = Craft(library)

    async def ask(self, order: Order) -> Answer:
        await anyio.lowlevel.checkpoint()
        return self._craft.carry_out(order)

    async def run(self) -> None:
        """Nothing goes on by itself here."""
