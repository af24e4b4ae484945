"""Deliver run reports to the bus, each exactly once, and the events that states ask for.

A report is in the database before anything is sent, and leaves it after the bus has it. What the
bus has is read back first: a report that was stored but whose acknowledgement was lost (a crash,
a cut) is recognised by its number and not sent again.
"""

from __future__ import annotations

import logging

from zester.bus.buckets import EVENTS
from zester.bus.events import append_event, last_event, tell_event
from zester.bus.keys import escape_token
from zester.bus.link.connection import Bus
from zester.errors import InvalidDocument, RevisionConflict
from zester.resources.nodes.report import RunReport
from zester_peel.agent.kept.events import StoredEvents
from zester_peel.agent.store import Store

log = logging.getLogger(__name__)


class Spool:
    """The reports of one node that are still to be delivered."""

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self._events = StoredEvents(store, node)
        self._subject = f"zester.event.{escape_token(node)}.run"
        self._last: int | None = None

    async def deliver(self, bus: Bus) -> int:
        """Send everything that is pending, in order; return how many were sent.

        Raises BusUnavailable; what was not sent stays.
        """
        sent = 0
        while pending := self._store.pending_reports():
            sequence, done = await self._newest(bus)
            for number, data in pending:
                if number <= done:
                    self._store.delivered(number)
                    continue
                self._last = None  # until it is known what became of this one
                try:
                    sequence = await append_event(bus, self._subject, data, after=sequence)
                except RevisionConflict:
                    break  # an earlier try of ours did arrive: look at the bus again
                self._last = sequence
                self._store.delivered(number)
                sent += 1
        return sent + await self._tell_events(bus)

    async def _newest(self, bus: Bus) -> tuple[int, int]:
        """Return the place of our newest report on the bus, and its number if that may matter.

        What was acknowledged last need not be read back: it is not pending any more.
        """
        if self._last is not None:
            return self._last, 0
        last = await last_event(bus, EVENTS, self._subject)
        return (last.sequence, self._number_on_bus(last.data)) if last else (0, 0)

    async def _tell_events(self, bus: Bus) -> int:
        """Send what states asked to be told; what is sent twice the bus recognises."""
        told = 0
        while pending := self._events.pending():
            for number, subject, body in pending:
                await tell_event(bus, subject, body, identity=self._events.identity(number))
                self._events.told(number)
                told += 1
        return told

    def _number_on_bus(self, data: bytes) -> int:
        try:
            report = RunReport.decode(data)
        except InvalidDocument as error:
            log.warning("last report on the bus is unreadable", extra={"error": str(error)})
            return 0
        return report.number if report.spool == self._store.spool_name else 0
