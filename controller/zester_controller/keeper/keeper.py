"""The keeper: buckets and streams are as the tables say, also after somebody deleted one."""

from __future__ import annotations

from collections.abc import Callable

from zester.bus.link.connection import Bus
from zester.bus.server.provision import provision
from zester.errors import ZesterError
from zester.reconcile.reconciler import Requeue

KEY = "buckets"


class Keeper:
    """Reconciles the one key ``buckets``; any number of masters may do so at once.

    ``kept`` hears the outcome: empty, or what is wrong.
    """

    def __init__(self, bus: Bus, *, interval: float, kept: Callable[[str], None]) -> None:
        self._bus = bus
        self._interval = interval
        self._kept = kept

    async def reconcile(self, key: str) -> Requeue:
        """Provision; raises BusUnavailable, BusRefused."""
        try:
            await provision(self._bus)
        except ZesterError as error:
            self._kept(str(error))
            raise
        self._kept("")
        return Requeue(self._interval)
