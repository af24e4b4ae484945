"""The keeper: buckets and streams are as the tables say, also after somebody deleted one."""

from __future__ import annotations

from collections.abc import Callable

from zester.bus.link.connection import Bus
from zester.bus.server.provision import provision
from zester.errors import ZesterError
from zester.reconcile.reconciler import Requeue

KEY = "buckets"
SOON = 5.0
"""Seconds until streams are looked at that lack replicas; twice as many each time."""


class Keeper:
    """Reconciles the one key ``buckets``; any number of masters may do so at once.

    ``kept`` hears the outcome: empty, or what is wrong.
    """

    def __init__(self, bus: Bus, *, interval: float, kept: Callable[[str], None]) -> None:
        self._bus = bus
        self._interval = interval
        self._kept = kept
        self._soon = SOON

    async def reconcile(self, key: str) -> Requeue:
        """Provision; raises BusUnavailable, BusRefused."""
        try:
            whole = await provision(self._bus)
        except ZesterError as error:
            self._kept(str(error))
            raise
        self._kept("")
        if whole:
            self._soon = SOON
            return Requeue(self._interval)
        # A cluster that is being started: one server more in a moment. One that stays so small
        # is asked no oftener than any other after a few rounds.
        after, self._soon = min(self._soon, self._interval), self._soon * 2
        return Requeue(after)
