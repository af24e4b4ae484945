"""A role that one process holds at a time, for as long as it keeps saying so."""

from __future__ import annotations

import logging
import time

from zester.bus.buckets import LEASES
from zester.bus.connection import Bus
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.errors import BusRefused, BusUnavailable, RevisionConflict
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
            entry = await self._kv.get(self._key)
            if entry is None:
                await self._kv.create(self._key, mine, ttl=self.ttl)
            elif entry.value.holder == self.holder:
                await self._kv.update(self._key, mine, entry.revision, ttl=self.ttl)
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
        entry = await self._kv.get(self._key)
        if entry is not None and entry.value.holder == self.holder:
            await self._kv.delete(self._key, revision=entry.revision)
