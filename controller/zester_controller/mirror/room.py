"""The room of the mirror: of several masters the one that holds the lease mirrors the cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

import anyio

from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester_controller.mirror.mirror import CHECK, Mirror

log = logging.getLogger(__name__)

ROLE = "mirror"
RENEW_WITHIN = 4.0
"""Seconds a renewal may take; nobody leads on a renewal that is still on its way."""


class MirrorRoom:
    """``make`` makes a mirror for each term."""

    def __init__(
        self,
        bus: Bus,
        make: Callable[[], Mirror],
        *,
        holder: str,
        checks: Checks,
        metrics: Metrics,
        lease_ttl: float = 15.0,
    ) -> None:
        self._lease = RoleLease(bus, ROLE, holder, ttl=lease_ttl)
        self._bus = bus
        self._make = make
        self._checks = checks
        self._metrics = metrics

    async def run(self) -> NoReturn:
        """Mirror whenever the role is ours, until cancelled; then hand it over at once."""
        try:
            while True:
                if await self._renewed():
                    await self._term()
                else:
                    self._checks.set(CHECK, ok=True, message="another master mirrors the cluster")
                await anyio.sleep(self._lease.ttl / 3)
        finally:
            with anyio.move_on_after(2, shield=True), suppress(BusUnavailable, BusRefused):
                await self._lease.release()

    async def _term(self) -> None:
        """Mirror for as long as the lease is renewed in time."""
        log.info("mirror begins")
        self._metrics.mirror_leader.set(1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._make().run)
            while self._lease.held:
                await anyio.sleep(self._lease.ttl / 3)
                await self._renewed()
            tasks.cancel_scope.cancel()
        self._metrics.mirror_leader.set(0)
        log.warning("mirror ends: the lease was lost")

    async def _renewed(self) -> bool:
        with anyio.move_on_after(min(RENEW_WITHIN, self._lease.ttl / 3)):
            if self._bus.connected:
                return await self._lease.renew()
        return self._lease.held
