"""Tell the bus what became of a job: exactly once, however often it is tried."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import anyio

from zester.bus.events import append_event
from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable, RevisionConflict
from zester.resources.jobs.job_return import JobReturn
from zester_peel.agent.jobs.book import JobBook

log = logging.getLogger(__name__)

ACK = 20.0
"""Seconds after which a return is sent again that the bus says nothing to. While the connection
stays it is on its way: of a fleet that answers all at once the last ones wait for many seconds, and
with each of them sent a second time for twice as many."""


class Delivery:
    """Sends what the peel has to say about jobs; ``put_off`` hears that something has to wait.

    Behind a leaf server the hub can be away while the connection stays: nobody reconnects then.
    """

    def __init__(self, bus: Bus, node: str, book: JobBook, put_off: Callable[[], None]) -> None:
        self._bus = bus
        self._token = escape_token(node)
        self._book = book
        self._put_off = put_off

    async def accept(self, jid: str) -> None:
        """Say that a job is being worked on; heard by whoever listens, kept by nobody."""
        with suppress(BusUnavailable, BusRefused):
            await self._bus.publish(f"zester.job.{jid}.accepted.{self._token}", b"{}")

    async def tell(self, returned: JobReturn, parts: list[bytes]) -> None:
        """Send a return, or keep it until the bus takes it."""
        try:
            await self._tell(returned, parts)
        except anyio.get_cancelled_exc_class():
            self._book.keep(returned.jid, returned.encode())
            raise

    async def _tell(self, returned: JobReturn, parts: list[bytes]) -> None:
        data = returned.encode()
        if not parts and await self._sent(returned.jid, data):
            self._book.told(returned.jid)
            return
        try:
            for number, part in enumerate(parts, 1):
                await self._bus.request(
                    f"zester.job.{returned.jid}.output.{self._token}.{number}", part
                )
        except (BusUnavailable, BusRefused) as error:
            log.warning("output not kept", extra={"jid": returned.jid, "error": str(error)})
            returned = returned.model_copy(update={"large": None})
            data = returned.encode()
        if parts and await self._sent(returned.jid, data):
            self._book.told(returned.jid)
            return
        self._book.keep(returned.jid, data)
        self._put_off()

    async def catch_up(self) -> bool:
        """Send what was kept; return whether nothing is left."""
        for jid, data in self._book.waiting():
            if not await self._sent(jid, data):
                return False
            self._book.told(jid)
        self._book.flush()
        return True

    async def _sent(self, jid: str, data: bytes) -> bool:
        try:
            subject = f"zester.job.{jid}.return.{self._token}"
            await append_event(self._bus, subject, data, after=0, timeout=ACK)
        except RevisionConflict:
            return True  # an earlier try of ours did arrive
        except (BusUnavailable, BusRefused) as error:
            log.debug("return put off", extra={"jid": jid, "error": str(error)})
            return False
        return True
