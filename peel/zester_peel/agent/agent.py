"""The agent: everything that runs in a peel, wired together."""

from __future__ import annotations

import logging
from collections.abc import Iterable

import anyio
import anyio.abc

from zester.bus.buckets import GRANTS, HEADS, MAINTENANCE, NODES, TRUST
from zester.bus.hints import watch_hints
from zester.bus.keys import escape_token, make_key
from zester.bus.link.connection import Bus
from zester.errors import BlobUnavailable, CorruptBlob
from zester.reconcile.clock import Clock, SystemClock
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester.trees.cache import BlobCache
from zester.trees.fetch import fetch_blobs
from zester_peel.agent.belief.belief import Belief
from zester_peel.agent.belief.marks import Marks
from zester_peel.agent.converger import Converger
from zester_peel.agent.desired import DesiredState
from zester_peel.agent.drift import DriftLoop
from zester_peel.agent.follower import DESIRED, MOVED, RESUME, RESYNC, RETRY, Follower
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import PeelLogin
from zester_peel.agent.identity.renewal import Renewal
from zester_peel.agent.jobs.listener import JobListener
from zester_peel.agent.jobs.surroundings import PeelSurroundings
from zester_peel.agent.kept.belongings import StoredBelongings
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.kept.pruner import Pruner
from zester_peel.agent.machine.freshness import Freshness
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.machine.own_facts import StoredFacts
from zester_peel.agent.memory import Memory
from zester_peel.agent.reporting.health import Health
from zester_peel.agent.reporting.presence import Presence
from zester_peel.agent.reporting.reporter import Reporter
from zester_peel.agent.reporting.spool import Spool
from zester_peel.agent.store import Store
from zester_peel.agent.upkeep.contest import Contest
from zester_peel.agent.upkeep.policy import Policy
from zester_peel.agent.upkeep.slots import FleetSlots
from zester_peel.agent.wishes import WishCompiler
from zester_peel.agent.workshop.workshop import Workshop
from zester_peel.engine.program import Registry
from zester_peel.host.protocol import Host
from zester_peel.sensors.sensor import Sensor
from zester_peel.settings import PeelSettings

log = logging.getLogger(__name__)

LAST_WORDS = 2.0
"""Seconds a stopping peel takes to deliver its last status and reports."""


class Agent:
    """One peel. ``run`` until cancelled; the host, the states and the sensors come from outside.

    Without a ``login`` it talks to a server that takes anybody, and renews nothing. ``machine`` has
    facts that are not this computer's, ``store`` and ``cache`` are others than those on disk.
    """

    def __init__(
        self,
        settings: PeelSettings,
        host: Host,
        registry: Registry,
        sensors: tuple[Sensor, ...],
        *,
        metrics: Metrics,
        checks: Checks,
        workshop: Workshop,
        identity: Identity,
        clock: Clock | None = None,
        login: PeelLogin | None = None,
        vault: Vault | None = None,
        machine: Machine | None = None,
        store: Store | None = None,
        cache: BlobCache | None = None,
        memory: Memory,
    ) -> None:
        clock = clock or SystemClock()
        self.settings = settings
        self.metrics = metrics
        self._sensors = sensors
        self._stopping = anyio.Event()
        self._health = Health(checks, metrics, sensors)
        self.bus = Bus(settings.url, name=f"peel {settings.id}", login=login)
        self.store = store or Store(settings.state_dir / "peel.db")
        blobs = settings.state_dir / "blobs"
        self._cache = cache or BlobCache(blobs, limit=settings.cache_limit)
        self.belief = Belief(identity, Marks(self.store), metrics)
        self.policy = Policy(self.belief, self.bus, clock)
        self.slots = FleetSlots(
            settings.id, self.bus, self.policy.goes_on, lambda: self._reporter.changed()
        )
        self._queue: KeyedQueue[str] = KeyedQueue(clock=clock)
        self._workshop = workshop
        self._memory = memory
        shown = machine or Machine(settings.id, settings.root)
        self._freshness = Freshness(
            shown,
            host,
            interval=settings.facts_interval,
            timeout=settings.facts_timeout,
            changed=lambda: self._reconsider(DESIRED),
            here=machine is None,
        )
        contest = Contest(limit=settings.contested_after, window=settings.contested_window)
        self._debts = StoredDebts(self.store)
        self._belongings = StoredBelongings(self.store)
        self.converger = Converger(
            settings.id,
            settings.env,
            self.store,
            self._debts,
            sensors,
            contest,
            metrics,
            clock,
            policy=self.policy,
            slots=self.slots,
            pruner=Pruner(host, self._belongings),
            vault=Vault() if vault is None else vault,
        )
        self.converger.recall()
        self._renewal = (
            Renewal(login.identity, self.bus, settings.url, clock, changed=self._changed)
            if login is not None
            else None
        )
        self._presence = Presence(
            self.bus, settings.id, ttl=settings.lease_ttl, changed=self._changed
        )
        self._reporter = Reporter(
            settings,
            self.bus,
            machine=shown,
            converger=self.converger,
            following=lambda: self._follower.following,
            trouble=lambda: self._renewal.trouble() if self._renewal is not None else None,
            duplicated=lambda: self._presence.duplicated,
            spool=Spool(self.store, settings.id),
            metrics=metrics,
            clock=clock,
        )
        self._follower = self._make_follower(settings, host, registry, shown)
        self._drift = DriftLoop(
            self.converger,
            metrics=metrics,
            clock=clock,
            changed=self._changed,
            failed=lambda: self._queue.add_after(RETRY, 5.0),
            memory=memory,
        )
        self._worker = Worker("desired", self._follower, self._queue)
        own_facts = StoredFacts(shown, host, self._freshness.refresh, self._freshness.collect)
        self._jobs = JobListener(
            settings.id,
            self.bus,
            self.store,
            verifier=lambda: self.belief.verifier,
            around=lambda jobs: PeelSurroundings(
                shown,
                host,
                own_facts,
                jobs,
                labels=lambda: self.belief.labels,
                states=self._follower.states,
                look=self._follower.look_at,
            ),
            metrics=metrics,
            vault=self.converger.vault,
        )

    def _make_follower(
        self, settings: PeelSettings, host: Host, registry: Registry, machine: Machine
    ) -> Follower:
        cache = self._cache

        async def fetch(wanted: Iterable[tuple[str, int]]) -> None:
            try:
                self.metrics.trees_fetched.inc(await fetch_blobs(self.bus, cache, wanted))
            except CorruptBlob as error:
                # Of a tree that is believed: what is wrong is the bus, and that can be mended.
                raise BlobUnavailable(error.message) from error

        compiler = WishCompiler(
            settings.env,
            host,
            registry,
            cache,
            self._workshop,
            fetch_blobs=fetch,
            concurrency=settings.concurrency,
            debts=self._debts,
            belongings=self._belongings,
            failhard=settings.failhard,
            grants=self.belief.grants,
            vault=self.converger.vault,
            name_key=self.store.name_key,
            slots=self.slots,
        )
        return Follower(
            settings,
            self.bus,
            belief=self.belief,
            desired=DesiredState(settings.env, settings.state_dir, cache, self.belief),
            compiler=compiler,
            converger=self.converger,
            machine=machine,
            policy=self.policy,
            store=self.store,
            metrics=self.metrics,
            changed=self._changed,
            ask=self._queue.add_after,
            memory=self._memory,
        )

    def refresh_facts(self) -> None:
        """Collect the facts anew, now."""
        self._freshness.ask()

    def stop(self) -> None:
        """Ask ``run`` to end in good order."""
        self._stopping.set()

    async def run(self) -> None:
        """Run until ``stop``; then say the last words. Cancelled, end at once."""
        try:
            async with anyio.create_task_group() as life:
                await self._listen(life)
                async with anyio.create_task_group() as work:
                    await self._start(work)
                    await self._stopping.wait()
                    work.cancel_scope.cancel()
                await self._farewell()
                life.cancel_scope.cancel()
        finally:
            self.store.close()

    async def _listen(self, tasks: anyio.abc.TaskGroup) -> None:
        self.bus.on_connect(self._connected)
        self.bus.on_disconnect(lambda: self._health.disconnected(self.bus.last_error))
        pattern = f"{escape_token(self.settings.env)}.*"
        await watch_hints(self.bus, HEADS, pattern, self._moved)
        await watch_hints(self.bus, TRUST, "bundle", self._hinted)
        own = make_key(self.settings.id)
        for bucket in (NODES, GRANTS):
            await watch_hints(self.bus, bucket, own, self._hinted)
        await watch_hints(self.bus, MAINTENANCE, own, self.policy.hint)
        await tasks.start(self.bus.supervise)
        if self._renewal is not None:
            tasks.start_soon(self._renewal.run)

    async def _start(self, tasks: anyio.abc.TaskGroup) -> None:
        for sensor in self._sensors:
            await tasks.start(sensor.run, self._drift.suspect)
        tasks.start_soon(self._workshop.run)
        tasks.start_soon(self._reporter.run)
        tasks.start_soon(self._presence.run)
        tasks.start_soon(self._drift.run)
        await self._freshness.collect()  # states may depend on what programs say
        tasks.start_soon(self._freshness.run)
        self.belief.load()
        await self.policy.hear_first()
        tasks.start_soon(self.slots.run)
        tasks.start_soon(self.policy.run, lambda: self._reconsider(RESUME))
        # Without waiting for the bus: a machine without network converges all the same.
        await self._follower.boot()
        self._queue.add(DESIRED)
        self._queue.add_after(RESYNC, self.settings.host_resync)
        tasks.start_soon(self._worker.run)
        tasks.start_soon(self._jobs.run)
        self._changed()

    def _moved(self, _key: str) -> None:
        self._queue.add(MOVED)

    def _hinted(self, _key: str) -> None:
        self._queue.add(DESIRED)

    def _connected(self) -> None:
        self._health.connected()
        self._reporter.reconnected()
        self._queue.add(DESIRED)

    def _reconsider(self, key: str) -> None:
        self._reporter.changed()
        self._queue.add(key)

    def _changed(self) -> None:
        self._reporter.changed()
        self._health.look(self._follower.following)

    async def _farewell(self) -> None:
        with anyio.move_on_after(LAST_WORDS):
            await self._reporter.farewell()
            await self._presence.release()
