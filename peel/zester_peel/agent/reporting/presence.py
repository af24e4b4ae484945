"""Say that this peel is alive, and notice somebody else who says so in its name."""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable

import anyio

from zester.bus.buckets import LEASES
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable, RevisionConflict
from zester.resources.lease import Lease

log = logging.getLogger(__name__)

WINDOW = 6
"""Renewals in a row that are looked at; as many undisturbed ones end the suspicion."""

FOREIGN = 2
"""Foreign writes among them from which on there is another instance. One alone may be a master's,
which purges what a revoked peel left."""


class Presence:
    """Keeps the lease ``peel.<id>``; ``changed`` is called when ``duplicated`` changes.

    Each renewal is a compare-and-set over the one before: a peel cannot read leases, but it learns
    that somebody wrote in between. What is written after a cut, or a renewal without an answer,
    proves nothing.
    """

    def __init__(self, bus: Bus, node: str, *, ttl: float, changed: Callable[[], None]) -> None:
        self._bus = bus
        self._node = node
        self._ttl = ttl
        self._changed = changed
        self._key = make_key("peel", node)
        self._leases = Kv(bus, LEASES, Lease)
        self._last: tuple[int, float] | None = None
        self._disturbed: deque[bool] = deque(maxlen=WINDOW)
        self.duplicated = False
        bus.on_disconnect(self._forget)

    async def run(self) -> None:
        """Renew every third of the lease's life, until cancelled."""
        while True:
            if self._bus.connected:
                try:
                    await self.renew()
                except (BusUnavailable, BusRefused) as error:
                    self._forget()
                    log.debug("lease not renewed", extra={"error": str(error)})
            pause = self._ttl / 3 * random.uniform(0.8, 1.0)  # noqa: S311 - jitter
            await self._interrupted_by_reconnect(pause)

    async def renew(self) -> None:
        """Write the lease once; raises BusUnavailable, BusRefused."""
        lease = Lease(holder=self._node, renewed=time.time())
        last, self._last = self._last, None
        if last is not None and time.monotonic() - last[1] < self._ttl * 0.9:
            try:
                revision = await self._leases.update(self._key, lease, last[0], ttl=self._ttl)
            except RevisionConflict:
                revision = await self._leases.put(self._key, lease, ttl=self._ttl)
                self._note(disturbed=True)
            else:
                self._note(disturbed=False)
        else:
            revision = await self._leases.put(self._key, lease, ttl=self._ttl)
        self._last = (revision, time.monotonic())

    async def release(self) -> None:
        """Give the lease up at once; what somebody else wrote last is left alone."""
        last, self._last = self._last, None
        if last is None:
            return
        try:
            await self._leases.delete(self._key, revision=last[0])
        except (BusUnavailable, BusRefused, RevisionConflict) as error:
            log.debug("lease not given up", extra={"error": str(error)})

    def _note(self, *, disturbed: bool) -> None:
        self._disturbed.append(disturbed)
        foreign = sum(self._disturbed)
        before = self.duplicated
        if foreign >= FOREIGN:
            self.duplicated = True
        elif not foreign and len(self._disturbed) == WINDOW:
            self.duplicated = False
        if self.duplicated != before:
            if self.duplicated:
                log.warning("another instance reports as this peel", extra={"node": self._node})
            self._changed()

    def _forget(self) -> None:
        self._last = None

    async def _interrupted_by_reconnect(self, pause: float) -> None:
        """Sleep; with a bus that comes back meanwhile, return at once: silence ends with it."""
        if self._bus.connected:
            await anyio.sleep(pause)
            return
        with anyio.move_on_after(pause):
            await self._bus.wait_connected(pause + 1)
