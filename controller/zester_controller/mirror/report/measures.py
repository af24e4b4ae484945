"""What the mirror tells of its own work."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, NoReturn, TypeVar

import anyio

from zester.errors import ZesterError
from zester.reconcile.reconciler import Reconciler, Requeue
from zester.telemetry.metrics import Metrics
from zester_controller.mirror.objects.key import KIND_OF
from zester_controller.mirror.objects.store import ObjectStore

EVERY = 15.0
"""Seconds between counts of what is."""

KeyT = TypeVar("KeyT", bound=Hashable)


class Measures:
    """Counts in the master's metrics; ``waiting`` returns how many keys wait."""

    def __init__(
        self,
        metrics: Metrics,
        store: ObjectStore,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.metrics = metrics
        self._store = store
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._heard: dict[str, float] = {}

    def asked(self, namespace: str) -> None:
        """Take notice that a namespace waits for a look."""
        self._asked.setdefault(namespace, self._clock())

    def begun(self, key: Hashable) -> None:
        """Take notice that a look begins."""
        since = self._asked.pop(key, None) if isinstance(key, str) else None
        if since is not None:
            self.metrics.mirror_queue_wait.observe(self._clock() - since)

    def heard(self, plural: str) -> None:
        """Take notice that the cluster told something of a kind."""
        self._heard[plural] = self._clock()

    def written(self, result: str) -> None:
        """Count a status that was written, or not."""
        self.metrics.mirror_status_writes.inc(result=result)

    async def keep(self, waiting: Callable[[], int]) -> NoReturn:
        """Count what is from time to time, until cancelled."""
        while True:
            self.count(waiting())
            await anyio.sleep(EVERY)

    def count(self, waiting: int) -> None:
        """Count what is."""
        now = self._clock()
        metrics = self.metrics
        metrics.mirror_queue_depth.set(waiting)
        ages = {plural: now - at for plural, at in self._heard.items()}
        metrics.mirror_watch_age.replace(ages)
        objects: Counter[str] = Counter()
        conditions: Counter[tuple[str, ...]] = Counter()
        for key, body in self._store.all():
            objects[key.plural] += 1
            for each in (body.get("status") or {}).get("conditions") or ():
                said = (str(each.get("type", "")), str(each.get("status", "")))
                conditions[(key.plural, *said)] += 1
        metrics.mirror_objects.replace({plural: objects[plural] for plural in KIND_OF})
        metrics.mirror_conditions.restate(conditions)


class Measured(Generic[KeyT]):
    """A Reconciler that counts and times another one; ``kind`` is what its keys are."""

    def __init__(self, measures: Measures, kind: str, reconciler: Reconciler[KeyT]) -> None:
        self._measures = measures
        self._kind = kind
        self._reconciler = reconciler

    async def reconcile(self, key: KeyT) -> Requeue | None:
        """Do what the other one does; raises what it raises."""
        self._measures.begun(key)
        began = time.perf_counter()
        result = "error"
        try:
            found = await self._reconciler.reconcile(key)
            result = "ok"
            return found
        except ZesterError as error:
            result = error.reason
            raise
        finally:
            metrics = self._measures.metrics
            metrics.mirror_reconciles.inc(kind=self._kind, result=result)
            took = time.perf_counter() - began
            metrics.mirror_reconcile_duration.observe(took, kind=self._kind)
