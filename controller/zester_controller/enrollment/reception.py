"""The master's door: requests from the bus, one after the other, never more than it can take."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import anyio
import anyio.abc
from anyio.streams.memory import MemoryObjectReceiveStream

from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.errors import ZesterError
from zester.reconcile.clock import Clock
from zester.telemetry.metrics import Metrics
from zester_controller.enrollment.desk import Desk, Knock
from zester_controller.enrollment.limiter import Limiter
from zester_controller.enrollment.policy import GUEST
from zester_controller.enrollment.refused import Refused

log = logging.getLogger(__name__)

SUBJECTS = ("zester.enroll.*", "zester.renew.*")
WAITING = 512
"""Requests that may wait; more are refused, their senders ask again."""

AT_ONCE = 8
BURST, RATE = 200.0, 20.0
"""Requests that one address may send as a guest, at once and for each second."""

OWN_BURST, OWN_RATE = 20.0, 0.2
"""The same for one peel that is known."""


class Reception:
    """Listens on SUBJECTS while ``leads``; one master answers at a time."""

    def __init__(
        self,
        bus: Bus,
        desk: Desk,
        refused: Refused,
        metrics: Metrics,
        clock: Clock,
        *,
        leads: Callable[[], bool],
    ) -> None:
        self._bus = bus
        self._desk = desk
        self._refused = refused
        self._metrics = metrics
        self._leads = leads
        self._guests = Limiter(clock, burst=BURST, rate=RATE)
        self._peels = Limiter(clock, burst=OWN_BURST, rate=OWN_RATE)
        self._send, self._receive = anyio.create_memory_object_stream[tuple[Message, Knock]](
            WAITING
        )

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Answer until cancelled."""
        subscriptions = [await self._bus.subscribe(subject, self._take) for subject in SUBJECTS]
        try:
            async with anyio.create_task_group() as tasks:
                for _ in range(AT_ONCE):
                    tasks.start_soon(self._serve, self._receive.clone())
                task_status.started()
        finally:
            self._send.close()
            self._receive.close()
            with anyio.CancelScope(shield=True):
                for subscription in subscriptions:
                    await subscription.close()

    def _take(self, message: Message) -> None:
        if not self._leads() or not message.reply:
            return
        name = message.subject.rpartition(".")[2]
        source = _source(message)
        known = name != GUEST
        allowed = self._peels.allow(name) if known else self._guests.allow(source)
        if not allowed:
            self._refused.count("Flood", source)
            return
        try:
            self._send.send_nowait((message, Knock(message.data, name, source)))
        except anyio.WouldBlock:
            self._refused.count("Busy", source)

    async def _serve(self, work: MemoryObjectReceiveStream[tuple[Message, Knock]]) -> None:
        async with work:
            async for message, knock in work:
                try:
                    answer = await self._desk.handle(knock)
                    if answer is not None:
                        await self._bus.answer(message, answer)
                        self._metrics.enrollment_answers.inc()
                except ZesterError as error:
                    # Whoever asked asks again; one bad request must not end the service.
                    log.warning("request not answered", extra={"error": str(error)})


def _source(message: Message) -> str:
    """The address a request came from, as the server tells it; empty when it does not."""
    try:
        info = json.loads(message.headers.get("Nats-Request-Info", "{}"))
    except (ValueError, RecursionError):
        return ""
    host = info.get("host", "") if isinstance(info, dict) else ""
    return host[:64] if isinstance(host, str) else ""
