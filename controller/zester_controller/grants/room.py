"""The room: keys are made for publishers and granted to peels, by one master at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio
import anyio.abc

from zester.bus.buckets import FACTS, HEADS, KEYRING, NODES
from zester.bus.hints import watch_hints
from zester.bus.keys import escape_token
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable
from zester.reconcile.backoff import Backoff
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester.telemetry.metrics import Metrics
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.granter import KEY, Granter
from zester_controller.grants.keyring import KeyringMaker
from zester_controller.grants.keyring_service import KeyringService

ROLE = "grants"
COMMIT = 0.5
"""Seconds in which a write that was seen coming is there to be read."""

RESYNC = 1800.0
"""Seconds after which everybody is looked at without a hint."""


class GrantsRoom:
    """Everything of this room, wired together; ``run`` until cancelled."""

    def __init__(
        self,
        bus: Bus,
        authority: Callable[[], Awaitable[GrantAuthority]],
        *,
        env: str,
        holder: str,
        metrics: Metrics,
        lease_ttl: float = 15.0,
        interval: float = 30.0,
    ) -> None:
        self.lease = RoleLease(bus, ROLE, holder, ttl=lease_ttl)
        maker = KeyringMaker(bus, authority, metrics)
        self.granter = Granter(
            bus, self.lease, maker, authority, interval=interval, metrics=metrics
        )
        self._bus = bus
        self._env = env
        self._service = KeyringService(bus, maker, leads=lambda: self.lease.held)
        self._worker: Worker[str] = Worker(
            "grants", self.granter, KeyedQueue(), Backoff(first=0.2, ceiling=30)
        )
        self._changed = anyio.Event()

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Work until cancelled; then hand the role over at once."""
        granter, queue = self.granter, self._worker.queue

        def then(suspect: Callable[[str], None], delay: float = 0.0) -> Callable[[str], None]:
            def hinted(key: str) -> None:
                suspect(key)
                if delay:
                    queue.add_after(KEY, delay)
                else:
                    queue.add(KEY)

            return hinted

        await watch_hints(
            self._bus, HEADS, f"{escape_token(self._env)}.*", lambda _: queue.add(KEY)
        )
        await watch_hints(self._bus, KEYRING, "*.*", then(lambda _: granter.suspect_keys()))
        await watch_hints(self._bus, NODES, "*", then(granter.suspect))
        # Of facts there are no hints: what is about to be written is one as well.
        prefix = FACTS.subject("")
        facts = then(granter.suspect_facts, COMMIT)
        await self._bus.subscribe(
            FACTS.subject("*"), lambda message: facts(message.subject.removeprefix(prefix))
        )
        self._bus.on_connect(self._look_at_all)
        try:
            async with anyio.create_task_group() as tasks:
                await tasks.start(self._service.run)
                tasks.start_soon(self._worker.run)
                tasks.start_soon(self._keep_lease)
                tasks.start_soon(self._resync)
                queue.add(KEY)
                task_status.started()
        finally:
            with anyio.move_on_after(2, shield=True), suppress(BusUnavailable, BusRefused):
                await self.lease.release()

    def _look_at_all(self) -> None:
        self.granter.suspect_all()
        self._changed.set()
        self._worker.queue.add(KEY)

    async def _keep_lease(self) -> None:
        """Take the role when it is free, and keep it, also while there is nothing to do."""
        while True:
            held = self.lease.held
            self._changed = anyio.Event()
            if self._bus.connected and await self.lease.renew() != held:
                self._worker.queue.add(KEY)
            with anyio.move_on_after(self.lease.ttl / 3):
                await self._changed.wait()

    async def _resync(self) -> None:
        while True:
            await anyio.sleep(RESYNC)
            self._look_at_all()
