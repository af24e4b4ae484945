"""A role that one process holds at a time, for as long as it keeps saying so."""

from __future__ import annotations

import logging
import time
from contextlib import suppress

from zester.bus.buckets import LEASES
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable, InvalidDocument, RevisionConflict
from zester.resources.lease import Lease

log = logging.getLogger(__name__)


class RoleLease:
    """The lease ``role.<name>``. ``ttl`` in seconds; call ``renew`` at least every ttl / 3."""

    def __init__(self, bus: Bus, role: str, holder: str, *, ttl: float = 15.0) -> None:
        self.holder = holder
        self.ttl = ttl
        self._kv = Kv(bus, LEASES, Lease)
        self._key = make_key("role", role)
        self._role = role
        self._until = 0.0

    @property
    def held(self) -> bool:
        """True while nobody else can have it; turns false by itself when renewals stop."""
        return time.monotonic() < self._until

    async def renew(self) -> bool:
        """Take or keep the lease; return whether we hold it. Never raises when the bus is away."""
        asked = time.monotonic()
        was_held = self.held
        mine = Lease(holder=self.holder, renewed=time.time())
        try:
            record = await self._kv.records.get(self._key)
            if record is None:
                await self._kv.create(self._key, mine, ttl=self.ttl)
            elif _holder(record.value) in (self.holder, None):
                await self._kv.update(self._key, mine, record.revision, ttl=self.ttl)
            else:
                self._until = 0.0
                return False
        except RevisionConflict:
            self._until = 0.0
            return False
        except (BusUnavailable, BusRefused) as error:
            log.debug("lease not renewed", extra={"role": self._role, "error": str(error)})
            return self.held
        self._until = asked + self.ttl * 0.9
        if not was_held:
            log.info("lease taken", extra={"role": self._role, "holder": self.holder})
        return True

    async def release(self) -> None:
        """Give the lease up at once, so that another process need not wait for it to run out."""
        self._until = 0.0
        record = await self._kv.records.get(self._key)
        if record is not None and _holder(record.value) == self.holder:
            with suppress(RevisionConflict):  # somebody else has it already
                await self._kv.delete(self._key, revision=record.revision)


def _holder(data: bytes) -> str | None:
    """Who holds a lease; nobody when it says nothing that can be read."""
    try:
        return Lease.decode(data).holder
    except InvalidDocument:
        return None
