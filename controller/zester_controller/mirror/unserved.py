"""Objects of kinds that no controller serves yet: kept for it, and never said to be ready."""

from __future__ import annotations

from collections.abc import Sequence

from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.holder import Holder
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.publish.endings import endings
from zester_controller.mirror.report.finding import Finding
from zester_controller.mirror.stored import StoredObjects

STORED = ("commands", "rollouts", "reactorrules", "gitsources")
"""Kinds whose objects are kept on the bus; Peels and Enrollments come from there."""

NOT_SERVED = Problem("NotServed", "no controller of this version serves objects of this kind")


class Unserved:
    """``own`` is the namespace that the master runs in."""

    def __init__(
        self,
        api: ClusterApi,
        store: ObjectStore,
        stored: StoredObjects,
        holder: Holder,
        *,
        own: str | None,
    ) -> None:
        self._api = api
        self._store = store
        self._stored = stored
        self._holder = holder
        self._own = own

    async def settle(self, namespace: str, candidates: Sequence[Candidate]) -> list[Finding]:
        """Store what objects say, and remove what none says any more; return what to tell them.

        Raises ClusterUnavailable, BusUnavailable, RevisionConflict.
        """
        kept = [each for each in candidates if each.key.plural in STORED]
        live = [each for each in kept if not each.deleting and each.resource is not None]
        going = [each for each in kept if each.deleting]
        shelf = await self._stored.read(namespace)
        # First: whoever goes unheld leaves what is stored behind until the next list.
        await self._holder.hold(live)
        problems = await self._stored.keep(shelf, live)
        ends = await endings(self._api, namespace, self._own, going)
        await self._stored.drop(shelf, kept, self._store.complete, ends.orphaning)
        await self._holder.release(going)
        return [
            Finding(
                each,
                self._store.get(each.key) or each.body,
                problem=each.problem or problems.get(each.uid) or NOT_SERVED,
            )
            for each in candidates
            if not each.deleting
        ]
