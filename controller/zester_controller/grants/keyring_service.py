"""Answers publishers that ask for keys."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import anyio
import anyio.abc

from zester.bus.link.connection import Bus
from zester.bus.link.message import Message
from zester.errors import BusRefused, BusUnavailable, ZesterError
from zester.resources.sealing.keyring_request import KeyringAnswer, KeyringRequest
from zester.trees.sealed.keyring import ENSURE
from zester_controller.grants.keyring import KeyringMaker

log = logging.getLogger(__name__)

WAITING = 64
"""Requests that may wait; senders of more ask again."""


class KeyringService:
    """Listens on ENSURE; answers while ``leads``, one request after the other."""

    def __init__(self, bus: Bus, maker: KeyringMaker, *, leads: Callable[[], bool]) -> None:
        self._bus = bus
        self._maker = maker
        self._leads = leads
        self._send, self._receive = anyio.create_memory_object_stream[Message](WAITING)

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Answer until cancelled."""
        subscription = await self._bus.subscribe(ENSURE, self._take)
        try:
            task_status.started()
            async with self._send, self._receive:
                async for message in self._receive:
                    with suppress(BusUnavailable, BusRefused):
                        await self._bus.answer(message, (await self._handle(message)).encode())
        finally:
            with anyio.CancelScope(shield=True):
                await subscription.close()

    def _take(self, message: Message) -> None:
        if self._leads() and message.asks:
            with suppress(anyio.WouldBlock):
                self._send.send_nowait(message)

    async def _handle(self, message: Message) -> KeyringAnswer:
        try:
            request = KeyringRequest.decode(message.data)
            return KeyringAnswer(made=await self._maker.make(request.scopes, rotate=request.rotate))
        except ZesterError as error:
            log.warning("keys not made", extra={"reason": error.reason, "error": error.message})
            return KeyringAnswer(error=error.message[:1000])
