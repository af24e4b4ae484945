"""Tell the bus how this peel is: status, facts, run reports."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import anyio

from zester import __version__
from zester.bus.buckets import FACTS, STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.errors import BusRefused, BusUnavailable, HostError
from zester.reconcile.clock import Clock
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.status import STOPPED, PeelStatus
from zester.telemetry.metrics import Metrics
from zester_peel.agent.converger import Converger
from zester_peel.agent.identity.renewal import Trouble
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.reporting.conditions import Conditions
from zester_peel.agent.reporting.following import Following
from zester_peel.agent.reporting.spool import Spool
from zester_peel.agent.reporting.verdict import judge
from zester_peel.settings import PeelSettings

log = logging.getLogger(__name__)

QUIET = 0.1
"""Seconds between two status messages: a burst of corrections is told once."""

HOLD = 3.0
"""Seconds that a status is held back at most while more of it is to come soon."""

RETRY = 5.0


class Reporter:
    """Publishes what changed; ``changed`` asks for a look, ``reconnected`` for everything anew."""

    def __init__(
        self,
        settings: PeelSettings,
        bus: Bus,
        *,
        machine: Machine,
        converger: Converger,
        following: Callable[[], Following],
        trouble: Callable[[], Trouble | None],
        duplicated: Callable[[], bool],
        spool: Spool,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._bus = bus
        self._machine = machine
        self._converger = converger
        self._following = following
        self._trouble = trouble
        self._duplicated = duplicated
        self._spool = spool
        self._metrics = metrics
        self._clock = clock
        self._key = make_key(settings.id)
        self._status = Kv(bus, STATUS, PeelStatus)
        self._facts = Kv(bus, FACTS, NodeFacts)
        self._dirty = anyio.Event()
        self._published: PeelStatus | None = None
        self._published_facts: object = None
        self._stopping = False
        self._started = time.time()
        self.conditions = Conditions(self._started, converger.vault)

    def changed(self) -> None:
        """Ask for a new status message soon."""
        self._dirty.set()

    def reconnected(self) -> None:
        """Tell everything again: the server may have lost it."""
        self._published = None
        self._published_facts = None
        self._dirty.set()

    async def run(self) -> None:
        """Publish until cancelled."""
        while True:
            with anyio.move_on_after(self._pause()):
                await self._dirty.wait()
            await self._until_calm()
            if self._converger.forgetful and self._converger.store.recover():
                self._converger.forgetful = ""
            self._dirty = anyio.Event()
            if self._bus.connected and not await self.flush():
                with anyio.move_on_after(RETRY):
                    await self._dirty.wait()
                self._dirty.set()
            await anyio.sleep(QUIET)

    async def _until_calm(self) -> None:
        """Wait while a revision is being followed: one status tells what came of it."""
        with anyio.move_on_after(HOLD):
            while self._following().busy:
                self._dirty = anyio.Event()
                await self._dirty.wait()

    def _pause(self) -> float:
        """Seconds until something may be different without anybody saying so."""
        if self._converger.forgetful:
            return RETRY
        return self._converger.contest.next_change(self._clock.monotonic()) or RETRY * 60

    async def farewell(self) -> None:
        """Publish what is new, and that this peel stops because it was told to."""
        self._stopping = True
        await self.flush()

    async def flush(self) -> bool:
        """Publish what is new; return False when the bus would not take it."""
        try:
            facts = (self._machine.fingerprint, self._machine.problems)
            if self._published_facts != facts:
                await self._facts.put(self._key, self._machine.document())
                self._published_facts = facts
            status = self.status()
            if self._published is None or _news(self._published, status):
                await self._status.put(self._key, status)
                self._published = status
            await self._spool.deliver(self._bus)
            self._metrics.agent_spooled.set(len(self._converger.store.pending_reports()))
        except (BusUnavailable, BusRefused, HostError) as error:
            log.debug("report put off", extra={"error": str(error)})
            return False
        return True

    def status(self) -> PeelStatus:
        """Return the status as it is now."""
        following = self._following()
        now = self._clock.wall()
        judge(
            self.conditions,
            self._converger,
            following,
            now,
            self._clock.monotonic(),
            facts=self._machine.problems,
            trouble=self._trouble(),
            duplicated=self._duplicated(),
        )
        if self._stopping:
            self.conditions.ready("Unknown", STOPPED, "", now)
        converger = self._converger
        contested = converger.contest.contested(self._clock.monotonic())
        self._metrics.agent_contested.set(len(contested))
        return PeelStatus(
            id=self._settings.id,
            env=self._settings.env,
            version=__version__,
            observed=following.observed,
            applied=following.applied,
            stalled=tuple(sorted(following.problems)),
            conditions=self.conditions.all(),
            counts=converger.counts(),
            failures=converger.failures(),
            last_run=converger.last_run,
            corrected=converger.store.corrected,
            started=self._started,
            updated=now,
        )


def _news(old: PeelStatus, new: PeelStatus) -> bool:
    return old.model_copy(update={"updated": new.updated}) != new
