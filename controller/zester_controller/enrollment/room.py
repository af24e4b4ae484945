"""The room of enrolment, put together: who knocks, who is let in, who is cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

import anyio
import anyio.abc

from zester.bus.buckets import ENROLLMENTS, TRUST
from zester.bus.hints import watch_hints
from zester.bus.keys import split_key
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import BusRefused, BusUnavailable, InvalidKey
from zester.reconcile.backoff import Backoff
from zester.reconcile.clock import Clock, SystemClock
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester.telemetry.metrics import Metrics
from zester.trust.credentials import Credentials
from zester.trust.disk.master_folder import MasterKeys
from zester.trust.envelope import Signer
from zester_controller.enrollment.bundles import Bundles
from zester_controller.enrollment.desk import Desk
from zester_controller.enrollment.issuer import Issuer
from zester_controller.enrollment.reception import Reception
from zester_controller.enrollment.refused import Refused
from zester_controller.enrollment.registrar import BUNDLE, SWEEP, Registrar
from zester_controller.enrollment.revoker import Revoker
from zester_controller.enrollment.rules import Rules

ROLE = "enrollment"
MARGIN = 2.0
"""Lifetimes for which a revoked key stays on the list: the settings may have been longer before."""


@dataclass(frozen=True, slots=True)
class Office:
    """What a master needs to admit and revoke.

    ``operator`` is the pinned public key, ``credentials`` are the master's own.
    """

    servers: Sequence[str]
    operator: str
    credentials: Credentials
    keys: MasterKeys


class EnrollmentRoom:
    """One master's part in enrolment; of several masters the holder of the lease works."""

    def __init__(
        self,
        bus: Bus,
        office: Office,
        rules: Rules,
        *,
        holder: str,
        metrics: Metrics,
        lease_ttl: float = 15.0,
        clock: Clock | None = None,
    ) -> None:
        clock = clock or SystemClock()
        self.lease = RoleLease(bus, ROLE, holder, ttl=lease_ttl)
        self._bus = bus
        self._metrics = metrics
        self._connected = anyio.Event()
        bundles = Bundles(bus, operator=office.operator, env=rules.env)
        signer = Signer(office.credentials.key, office.credentials.token, rules.env)
        issuer = Issuer(signer, office.keys, rules)
        refused = Refused(clock, metrics)
        desk = Desk(bus, bundles, issuer, refused, clock)
        self._reception = Reception(bus, desk, refused, metrics, clock, leads=self._leads)
        revoker = Revoker(
            office.servers,
            system=office.keys.system,
            operators=office.keys.operators,
            pinned=office.operator,
            longest=rules.entry_lifetime * MARGIN,
        )
        registrar = Registrar(
            bus,
            bundles,
            issuer,
            revoker,
            refused,
            leads=self._leads,
            counted=self._counted,
        )
        self.registering: Worker[str] = Worker(
            "enrollment", registrar, KeyedQueue(), Backoff(first=0.5, ceiling=30)
        )

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until cancelled; then hand the role over at once."""
        queue = self.registering.queue
        await watch_hints(self._bus, ENROLLMENTS, "*", self._hinted)
        await watch_hints(self._bus, TRUST, "bundle", lambda _: queue.add(BUNDLE))
        self._bus.on_connect(lambda: self._connected.set())
        try:
            async with anyio.create_task_group() as tasks:
                await tasks.start(self._reception.run)
                tasks.start_soon(self.registering.run)
                tasks.start_soon(self._keep_lease)
                task_status.started()
        finally:
            with anyio.move_on_after(2, shield=True), suppress(BusUnavailable, BusRefused):
                await self.lease.release()

    async def _keep_lease(self) -> None:
        while True:
            held = self.lease.held
            self._connected = anyio.Event()
            if await self.lease.renew() != held:
                self.registering.queue.add(SWEEP)
            with anyio.move_on_after(self.lease.ttl / 3):
                await self._connected.wait()

    def look(self) -> None:
        """Try for the role now: the buckets are there."""
        self._connected.set()

    def _hinted(self, key: str) -> None:
        with suppress(InvalidKey, ValueError):
            (node,) = split_key(key)
            self.registering.queue.add(node)

    def _leads(self) -> bool:
        return self.lease.held

    def _counted(self, states: Mapping[str, int]) -> None:
        self._metrics.enrollment_machines.replace(states)
