"""The mirror while it has the role: the watch, the lists, and the workers between them."""

from __future__ import annotations

import logging
from typing import NoReturn

import anyio

from zester.bus.buckets import HEADS
from zester.bus.hints import watch_hints
from zester.bus.link.connection import Bus
from zester.dataclass import dataclass
from zester.errors import BusRefused, BusUnavailable, ZesterError
from zester.reconcile.backoff import Backoff
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics
from zester.trees.heads import Heads
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.endpoint import FindEndpoint
from zester_controller.mirror.cluster.watch import ClusterWatch, Listing, Scope, Seen
from zester_controller.mirror.fleet.fleet import FleetMirror, FleetRules
from zester_controller.mirror.objects.key import DECIDING, KIND_OF
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.references import Reference
from zester_controller.mirror.publish.authority import MirrorAuthority
from zester_controller.mirror.reconciler import NamespaceReconciler
from zester_controller.mirror.referred import ReferredWatcher
from zester_controller.mirror.report.measures import Measured, Measures
from zester_controller.mirror.stored import StoredObjects

log = logging.getLogger(__name__)

CHECK = "mirror"
DEBOUNCE = 0.3
"""Seconds in which changes are gathered: one ``kubectl apply -f dir/`` moves one head."""

WORKERS = 4


@dataclass(frozen=True, slots=True)
class MirrorRules:
    """``cluster`` is this cluster's id, ``own`` the namespace that the master runs in.

    ``resync`` in seconds is how often everything is listed, whatever the watch says. ``fleet`` says
    which machines are shown in the cluster, None: none. ``watched`` are kinds that objects refer
    to; others are read from time to time.
    """

    cluster: str
    scope: Scope
    own: str | None = None
    resync: float = 600.0
    fleet: FleetRules | None = None
    watched: tuple[str, ...] = ()


class Mirror:
    """One run; ends only by being cancelled. A Watcher.

    ``references`` watches what objects refer to.
    """

    def __init__(
        self,
        bus: Bus,
        find: FindEndpoint,
        watch: ClusterWatch,
        authority: MirrorAuthority,
        rules: MirrorRules,
        *,
        metrics: Metrics,
        checks: Checks,
        references: ClusterWatch,
    ) -> None:
        self._referred = references
        self._bus = bus
        self._find = find
        self._watch = watch
        self._authority = authority
        self._rules = rules
        self._metrics = metrics
        self._checks = checks
        self._store = ObjectStore(self._matters)
        self._measures = Measures(metrics, self._store)
        self._queues = [KeyedQueue[str](coalesce=DEBOUNCE, allowance=1) for _ in range(WORKERS)]
        self._reconciler: NamespaceReconciler | None = None
        self._fleet: FleetMirror | None = None
        self._unlisted = {(plural, space) for plural in KIND_OF for space in rules.scope.spaces}
        self._unheard: set[str] = set()
        self._whole = anyio.Event()

    async def run(self) -> None:
        """Mirror until cancelled."""
        async with (
            ClusterApi.open(self._find, written=self._measures.written) as api,
            anyio.create_task_group() as tasks,
        ):
            reconciler = self._reconciler = NamespaceReconciler(
                self._bus,
                api,
                self._store,
                self._authority,
                own=self._rules.own,
                interval=self._rules.resync,
                fleet=self._rules.fleet,
            )
            if self._rules.fleet is not None:
                self._fleet = FleetMirror(
                    *(self._bus, api, self._store, self._authority, self._rules.fleet),
                    measures=self._measures,
                )
            tasks.start_soon(self._watch.run, tuple(KIND_OF), self)
            # Half of the objects would look as if the others were gone.
            await self._whole.wait()
            measured = Measured(self._measures, "namespace", reconciler)
            for queue in self._queues:
                worker = Worker("mirror", measured, queue, Backoff(first=0.5, ceiling=60))
                tasks.start_soon(worker.run)
            if self._fleet is not None:
                tasks.start_soon(self._fleet.run)
            if self._rules.watched:
                watcher = ReferredWatcher(self._changed)
                tasks.start_soon(self._referred.run, self._rules.watched, watcher)
            tasks.start_soon(self._measures.keep, self._waiting)
            await watch_hints(self._bus, HEADS, "*.*", self._moved)
            await self._keep_asking()

    def listed(self, plural: str, namespace: str | None, listing: Listing | None) -> None:
        """Take up a list; what the watch lost comes to light."""
        if listing is None:
            log.info("the cluster does not have this kind", extra={"kind": plural})
            self._store.complete.discard(plural)
        else:
            found = self._store.list(plural, namespace, listing)
            if found.ghosts and plural in self._store.complete:
                self._metrics.mirror_ghosts.inc(found.ghosts)
            for space in found.changed:
                self._ask(space)
            if plural in DECIDING and self._fleet is not None:
                self._fleet.look_at_all()
        self._unlisted.discard((plural, namespace))
        if listing is not None and not any(kind == plural for kind, _ in self._unlisted):
            self._store.complete.add(plural)
        if not self._unlisted:
            self._whole.set()
        self.heard(plural)

    def seen(self, seen: Seen) -> None:
        """Take up a change."""
        namespace = self._store.see(seen)
        self._metrics.mirror_events.inc(kind=seen.plural)
        self._measures.heard(seen.plural)
        if namespace is not None:
            self._matters(seen)

    def _matters(self, seen: Seen) -> None:
        """Look where something changed."""
        if seen.plural in DECIDING and self._fleet is not None:
            self._fleet.seen(seen.plural, seen.body)
        self._ask(str(seen.body["metadata"]["namespace"]))

    def heard(self, plural: str) -> None:
        """Take notice that the cluster answers."""
        self._measures.heard(plural)
        self._unheard.discard(plural)
        if not self._unheard and not self._unlisted:
            self._checks.set(CHECK, ok=True)

    def failed(self, plural: str, error: ZesterError) -> None:
        """Take notice that the cluster does not answer."""
        self._metrics.mirror_watch_restarts.inc()
        self._unheard.add(plural)
        self._checks.set(CHECK, ok=False, message=error.message)
        log.warning("cluster not heard", extra={"kind": plural, "error": str(error)})

    def _changed(self, reference: Reference) -> None:
        """Read something anew to which objects may refer."""
        if self._reconciler is not None and reference.namespace in self._store.namespaces():
            self._reconciler.references.forget(reference)
            self._ask(reference.namespace)

    def _waiting(self) -> int:
        fleet = self._fleet.waiting if self._fleet is not None else 0
        return sum(len(queue) for queue in self._queues) + fleet

    def _ask(self, namespace: str) -> None:
        self._measures.asked(namespace)
        self._queues[hash(namespace) % WORKERS].add_after(namespace, DEBOUNCE)

    def _moved(self, _key: str) -> None:
        """Look again where something waits for what other sources have."""
        for namespace in self._reconciler.waiting if self._reconciler else ():
            self._ask(namespace)

    async def _keep_asking(self) -> NoReturn:
        """Look at everything from time to time, also where no objects are any more."""
        while True:
            if self._fleet is not None:
                self._fleet.look_at_all()
            for namespace in self._store.namespaces() | await self._published():
                self._ask(namespace)
            await anyio.sleep(self._rules.resync)

    async def _published(self) -> frozenset[str]:
        """Return the namespaces that are published, whether they have objects or not."""
        verifier = self._authority.verifier()
        if verifier is None:
            return frozenset()
        try:
            good, bad = await Heads(self._bus, verifier).of_env(self._authority.env)
            stored = await StoredObjects(self._bus, self._authority).namespaces()
        except (BusUnavailable, BusRefused) as error:
            log.debug("sources not read", extra={"error": str(error)})
            return frozenset()
        prefix = self._authority.source("")
        found = {name.removeprefix(prefix) for name in {*good, *bad} if name.startswith(prefix)}
        scope = self._rules.scope
        found |= stored
        return frozenset(name for name in found if scope.whole or name in scope.namespaces)
