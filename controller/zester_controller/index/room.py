"""The room of the index: every master keeps one, and any of them answers."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import anyio
import anyio.abc

from zester.bus.index.asking import FIND, place_of_answer
from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.errors import BusRefused, BusUnavailable, InvalidDocument
from zester.resources.nodes.fleet_question import FleetQuestion
from zester.telemetry.metrics import Metrics
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier
from zester_controller.index.answer import answer
from zester_controller.index.known_fleet import KnownFleet

log = logging.getLogger(__name__)

GROUP = "fleet"
WAITING = 64
"""Questions that may wait; who asks more finds out without a master."""

RETRY = 1.0


class IndexRoom:
    """Answers on FIND as soon as the whole fleet was read once; ``interval`` in seconds."""

    def __init__(
        self,
        bus: Bus,
        signer: Callable[[], Signer],
        verifier: Callable[[], Verifier | None],
        *,
        metrics: Metrics,
        interval: float = 60.0,
    ) -> None:
        self.fleet = KnownFleet(bus, verifier)
        self._bus = bus
        self._signer = signer
        self._metrics = metrics
        self._interval = interval
        self._send, self._receive = anyio.create_memory_object_stream[Message](WAITING)

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Answer until cancelled; started as soon as it answers."""
        await self._read_first()
        subscription = await self._bus.subscribe(FIND, self._take, group=GROUP)
        task_status.started()
        try:
            async with self._send, self._receive, anyio.create_task_group() as tasks:
                tasks.start_soon(self._stay_near)
                async for message in self._receive:
                    with suppress(BusUnavailable, BusRefused):
                        await self._answer(message)
        finally:
            with anyio.CancelScope(shield=True):
                await subscription.close()

    async def _read_first(self) -> None:
        while True:
            if await self._refreshed():
                return
            await anyio.sleep(RETRY)

    def _take(self, message: Message) -> None:
        if message.asks:
            with suppress(anyio.WouldBlock):
                self._send.send_nowait(message)

    async def _answer(self, message: Message) -> None:
        try:
            question = FleetQuestion.decode(message.data)
        except InvalidDocument as error:
            log.warning("question not understood", extra={"error": error.message})
            return
        if not await self._refreshed():
            return  # who asks finds out without us
        self._metrics.index_questions.inc()
        signer, place = self._signer(), place_of_answer(question)
        for page in answer(self.fleet.index, question):
            await self._bus.answer(message, signer.sign(place, page.encode()))
            await self._bus.flush()  # who asks reads a page while the next is made

    async def _stay_near(self) -> NoReturn:
        """Read what changed from time to time, so that there is little to read for a question."""
        while True:
            await anyio.sleep(self._interval * random.uniform(0.8, 1.2))  # noqa: S311 - jitter
            await self._refreshed()

    async def _refreshed(self) -> bool:
        if not self._bus.connected:
            return False
        try:
            fresh = await self.fleet.refresh()
        except (BusUnavailable, BusRefused) as error:
            log.debug("fleet not read", extra={"error": str(error)})
            return False
        self._metrics.index_peels.set(len(self.fleet.index))
        return fresh
