"""What every peel last said of itself, read on from where it was read before."""

from __future__ import annotations

import time
from dataclasses import replace

from zester.bus.buckets import STATUS
from zester.bus.fleet import PeelView, view_of
from zester.bus.jobs.roster import live_peels
from zester.bus.link.connection import Bus
from zester.bus.records import Records

ANEW = 600.0
"""Seconds after which everything is read again: a bucket can be made anew."""


class Statuses:
    """The fleet as one master counts it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._records = Records(bus, STATUS)
        self._known: dict[str, PeelView] = {}
        self._after = 0
        self._anew = 0.0

    async def read(self) -> list[PeelView]:
        """Return every peel that ever reported; raises BusUnavailable."""
        if time.monotonic() >= self._anew:
            self._known, self._after = {}, 0
            self._anew = time.monotonic() + ANEW
        async for revision, key, record in self._records.since(self._after):
            self._after = revision
            view = None if record is None else view_of(record)
            if view is None:
                self._known.pop(key, None)
            else:
                self._known[key] = view
        live = await live_peels(self._bus)
        return [replace(view, live=view.id in live) for view in self._known.values()]
