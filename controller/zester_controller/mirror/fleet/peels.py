"""Reconcile one Peel: the object there is of a machine, what it asks for, what it shows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, get_args

from zester.bus.link.connection import Bus
from zester.errors import SourceError
from zester.reconcile.reconciler import Requeue
from zester.resources.kubernetes.kinds.peel import Peel, PeelStatus
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.nodes.status import ConditionType
from zester.targeting.matcher import match
from zester.targeting.node import NodeView
from zester.targeting.parser import parse_target
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.fleet.budget import SEEN_STEP, Budget
from zester_controller.mirror.fleet.naming import MANAGED_BY, MANAGER, is_ours, peel_name
from zester_controller.mirror.fleet.orders import Orders
from zester_controller.mirror.fleet.peel_status import peel_status
from zester_controller.mirror.fleet.sight import Sight, see
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.publish.authority import MirrorAuthority
from zester_controller.mirror.report.events import UNDER_WAY, Events, Said, turned
from zester_controller.mirror.report.status import ready_before, same_conditions

PLURAL = "peels"
AGAIN = 5.0
OURS = frozenset(get_args(ConditionType))
FIELDS = tuple(
    field.alias or name
    for name, field in PeelStatus.model_fields.items()
    if name not in {"conditions"}
)


class PeelReconciler:
    """Keys are node ids with the name of an object; ``target`` tells which peels are shown."""

    def __init__(
        self,
        bus: Bus,
        api: ClusterApi,
        store: ObjectStore,
        authority: MirrorAuthority,
        *,
        home: str,
        target: str,
        events: Events,
        budget: Budget | None = None,
    ) -> None:
        self._bus = bus
        self._api = api
        self._store = store
        self._authority = authority
        self._home = home
        self._target = parse_target(target)
        self._events = events
        self._orders = Orders(bus, authority)
        self._budget = budget or Budget()

    async def reconcile(self, key: tuple[str, str]) -> Requeue | None:
        """Show one peel; raises ClusterUnavailable, ClusterRefused, BusUnavailable."""
        node, name = key
        where = ObjectKey(PLURAL, self._home, name)
        body = self._store.get(where)
        if body is not None and body["metadata"].get("deletionTimestamp"):
            return None
        if name != peel_name(node):
            if body is not None:
                said = f"the Peel of {node} is called {peel_name(node)}"
                await self._show(Sight(node, ""), where, body, Problem("InvalidSpec", said))
            return None
        sight = await see(self._bus, self._authority().verifier, node)
        shown = sight.there and self._selected(sight)
        if body is None:
            if not shown:
                self._budget.forget(node)
                return None
            body = await self._create(where, node)
            if body is None:
                return Requeue(AGAIN)
        return await self._serve(sight, where, body, shown=shown)

    async def _serve(
        self, sight: Sight, where: ObjectKey, body: Body, *, shown: bool
    ) -> Requeue | None:
        candidate = Candidate.read(where, body)
        resource = candidate.resource
        spec = resource.spec if isinstance(resource, Peel) else None
        # What somebody says for ever stays to be seen.
        if not shown and is_ours(body) and not (spec is not None and spec.revoked):
            await self._api.delete(where, candidate.uid)
            return None
        problem = candidate.problem
        if spec is not None:
            problem = await self._orders.obey(sight, spec, where, body)
        return await self._show(sight, where, body, problem)

    async def _show(
        self, sight: Sight, where: ObjectKey, body: Body, problem: Problem | None
    ) -> Requeue | None:
        candidate = Candidate(where, body, None)
        status = peel_status(sight, body, problem, time.time())
        if candidate.requested is not None:
            status["lastHandledReconcileAt"] = candidate.requested
        there: Mapping[str, Any] = body.get("status") or {}
        again = Requeue(SEEN_STEP) if status["online"] else None
        if all(there.get(field) == status.get(field) for field in FIELDS) and same_conditions(
            body, status, OURS
        ):
            return again
        wait = self._budget.wait(sight.id, there, status)
        if wait:
            return Requeue(wait)
        await self._budget.take(sight.id)
        written = await self._api.apply_status(where, candidate.uid, status)
        if written is not None:
            self._store.answered(PLURAL, written)
            for said in turned(body, status):
                if _is_news(said, ready_before(body)):
                    await self._events.post(where, candidate.uid, said)
        return again

    def _selected(self, sight: Sight) -> bool:
        labels = sight.record.labels if sight.record is not None else {}
        view = NodeView(id=sight.id, facts={**sight.facts, "id": sight.id}, labels=labels)
        try:
            return match(self._target, view)
        except SourceError:
            return False

    async def _create(self, where: ObjectKey, node: str) -> Body | None:
        body = {
            "apiVersion": API_VERSION,
            "kind": where.kind,
            "metadata": {
                "name": where.name,
                "namespace": where.namespace,
                "labels": {MANAGED_BY: MANAGER},
            },
            "spec": {"id": node},
        }
        made = await self._api.create(where, body)
        if made is not None:
            self._store.answered(PLURAL, made)
        return made


def _is_news(said: Said, before: tuple[str, str] | None) -> bool:
    """Not that it is shown at all, nor that a run ended well: most do."""
    return before is not None and (before[1] != UNDER_WAY or said[0] != "True")
