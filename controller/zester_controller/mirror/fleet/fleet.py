"""Everything about machines: who has to be looked at, and when."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import anyio

from zester.bus.buckets import ENROLLMENTS, LEASES, MAINTENANCE, NODES, STATUS, Bucket
from zester.bus.hints import watch_hints
from zester.bus.keys import split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.dataclass import dataclass
from zester.errors import BusRefused, BusUnavailable, InvalidKey
from zester.reconcile.backoff import Backoff
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.worker import Worker
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.fleet import enrollments, peels
from zester_controller.mirror.fleet.enrollments import EnrollmentReconciler
from zester_controller.mirror.fleet.naming import is_ours, peel_name
from zester_controller.mirror.fleet.peels import PeelReconciler
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.publish.authority import MirrorAuthority
from zester_controller.mirror.report.events import Events
from zester_controller.mirror.report.measures import Measured, Measures

log = logging.getLogger(__name__)

WORKERS = 4
SWEEP = 10.0
"""Seconds between looks at who is still alive; a lease that runs out tells nobody."""


@dataclass(frozen=True, slots=True)
class FleetRules:
    """``home`` is the namespace of the objects; ``peels`` the target of those shown, or none."""

    home: str
    peels: str = ""
    enrollments: bool = False

    def serves(self, key: ObjectKey, body: Body) -> bool:
        """Return whether an object is one of a machine that we look after."""
        if key.namespace != self.home:
            return False
        if key.plural == peels.PLURAL:
            return bool(self.peels)
        return key.plural == enrollments.PLURAL and self.enrollments and is_ours(body)


class FleetMirror:
    """Runs beside the namespaces; ``seen`` takes what the watch tells of its objects."""

    def __init__(
        self,
        bus: Bus,
        api: ClusterApi,
        store: ObjectStore,
        authority: MirrorAuthority,
        rules: FleetRules,
        *,
        measures: Measures,
        sweep: float = SWEEP,
    ) -> None:
        self._measures = measures
        self._bus = bus
        self._store = store
        self._rules = rules
        self._sweep = sweep
        self._alive: frozenset[str] = frozenset()
        self._all = True
        self._again = anyio.Event()
        self._peels = [KeyedQueue[tuple[str, str]](coalesce=1.0) for _ in range(WORKERS)]
        self._enrolling = KeyedQueue[str](coalesce=1.0)
        events = Events(api)
        self._asking = EnrollmentReconciler(
            *(bus, api, store, authority), home=rules.home, events=events
        )
        self._showing = PeelReconciler(
            *(bus, api, store, authority),
            home=rules.home,
            target=rules.peels or "*",
            events=events,
        )

    async def run(self) -> None:
        """Look after machines until cancelled."""
        async with anyio.create_task_group() as tasks:
            if self._rules.peels:
                showing = Measured(self._measures, "peel", self._showing)
                for queue in self._peels:
                    worker = Worker("mirror peels", showing, queue, Backoff(ceiling=60))
                    tasks.start_soon(worker.run)
                for bucket in (STATUS, NODES, MAINTENANCE, ENROLLMENTS):
                    await watch_hints(self._bus, bucket, "*", self._moved)
            if self._rules.enrollments:
                deciding = Measured(self._measures, "enrollment", self._asking)
                asking = Worker(
                    "mirror enrollments", deciding, self._enrolling, Backoff(ceiling=60)
                )
                tasks.start_soon(asking.run)
                await watch_hints(self._bus, ENROLLMENTS, "*", self._asked)
            while True:
                await self._sweep_once()

    @property
    def waiting(self) -> int:
        """How many machines wait for a look."""
        return sum(len(queue) for queue in self._peels) + len(self._enrolling)

    def seen(self, plural: str, body: Body) -> None:
        """Look at an object that changed, or went."""
        if body["metadata"].get("namespace") != self._rules.home:
            return
        if plural == peels.PLURAL:
            node = (body.get("spec") or {}).get("id")
            if isinstance(node, str) and node:
                self._show(node, str(body["metadata"]["name"]))
        elif plural == enrollments.PLURAL:
            asked = self._asking.note(body)
            if asked is not None:
                self._enrolling.add(asked)

    def look_at_all(self) -> None:
        """Look at every machine: something may have been missed."""
        self._all = True
        self._again.set()

    def _show(self, node: str, name: str = "") -> None:
        self._peels[hash(node) % WORKERS].add((node, name or peel_name(node)))

    def _moved(self, key: str) -> None:
        node = _node(key)
        if node is not None:
            self._show(node)

    def _asked(self, key: str) -> None:
        node = _node(key)
        if node is not None:
            self._enrolling.add(node)

    async def _sweep_once(self) -> None:
        """Look for machines, then wait until that is due again."""
        self._again = anyio.Event()
        try:
            await self._look()
        except (BusUnavailable, BusRefused) as error:
            log.debug("machines not looked for", extra={"error": str(error)})
        with anyio.move_on_after(self._sweep):
            await self._again.wait()

    async def _look(self) -> None:
        if self._rules.peels:
            alive = frozenset([node async for node in self._nodes(LEASES, "peel.*")])
            for node in alive ^ self._alive:
                self._show(node)
            self._alive = alive
        if not self._all:
            return
        for key, body in self._store.of(self._rules.home):
            self.seen(key.plural, body)
        for bucket in (STATUS, NODES) if self._rules.peels else ():
            async for node in self._nodes(bucket):
                self._show(node)
        if self._rules.enrollments:
            async for node in self._nodes(ENROLLMENTS):
                self._enrolling.add(node)
        self._all = False

    async def _nodes(self, bucket: Bucket, pattern: str = "*") -> AsyncIterator[str]:
        async for record in Records(self._bus, bucket).scan(pattern):
            node = _node(record.key.removeprefix("peel.") if pattern != "*" else record.key)
            if node is not None:
                yield node


def _node(key: str) -> str | None:
    try:
        (node,) = split_key(key)
    except (InvalidKey, ValueError):
        return None
    return node
