"""Reconcile the Enrollments of one id: an object for each key that asks, and what was decided."""

from __future__ import annotations

import time
from datetime import datetime

from zester.bus.enrollment.register import EnrollmentRegister
from zester.bus.link.connection import Bus
from zester.errors import InvalidKey, KeyNotFound, SettingsError
from zester.reconcile.reconciler import Requeue
from zester.resources.enrollment.decisions import accepted, rejected
from zester.resources.enrollment.enrollment import Enrollment as Record
from zester.resources.kubernetes.kinds.enrollment import Enrollment, EnrollmentSpec
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.nodes.labels import check_labels
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.fleet.authorship import said_by
from zester_controller.mirror.fleet.naming import MANAGED_BY, MANAGER, enrollment_name, is_ours
from zester_controller.mirror.fleet.requests import (
    DECIDED,
    OURS,
    askings,
    condition_before,
    decided_before,
    request_status,
    state_of,
)
from zester_controller.mirror.fleet.sight import see_enrollment
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.publish.authority import MirrorAuthority
from zester_controller.mirror.report.events import Events, turned
from zester_controller.mirror.report.status import same_conditions

PLURAL = "enrollments"


class EnrollmentReconciler:
    """Keys are node ids. Deciding needs nothing of the cluster but the right to change objects."""

    def __init__(
        self,
        bus: Bus,
        api: ClusterApi,
        store: ObjectStore,
        authority: MirrorAuthority,
        *,
        home: str,
        events: Events,
    ) -> None:
        self._events = events
        self._bus = bus
        self._api = api
        self._store = store
        self._authority = authority
        self._home = home
        self._keys: dict[str, dict[str, str]] = {}

    def note(self, body: Body) -> str | None:
        """Remember an object that was seen; return the id that it is about."""
        status = body.get("status") or {}
        node, key = status.get("id"), status.get("publicKey")
        if not isinstance(node, str) or not isinstance(key, str):
            return None
        self._keys.setdefault(node, {})[str(body["metadata"]["name"])] = key
        return node

    async def reconcile(self, node: str) -> Requeue | None:
        """Look at every object of an id; raises ClusterUnavailable, BusUnavailable."""
        record = await see_enrollment(self._bus, self._authority().verifier, node)
        if record is not None and record.env != self._authority.env:
            return None
        keys = dict(self._keys.get(node, {}))
        for asking in askings(record):
            name = enrollment_name(node, asking.key)
            where = ObjectKey(PLURAL, self._home, name)
            if self._store.get(where) is not None or (
                state_of(record, asking.key) == "pending" and await self._create(where)
            ):
                keys[name] = asking.key
        waits: list[float] = []
        for name, key in keys.items():
            wait = await self._one(node, key, ObjectKey(PLURAL, self._home, name))
            if wait is not None:
                waits.append(wait)
        return Requeue(min(waits)) if waits else None

    async def _one(self, node: str, key: str, where: ObjectKey) -> float | None:
        """Look at one object; return when to look again."""
        body = self._store.get(where)
        if body is None or body["metadata"].get("deletionTimestamp"):
            if body is None:
                self._keys.get(node, {}).pop(where.name, None)
            return None
        candidate = Candidate.read(where, body)
        resource, problem = candidate.resource, candidate.problem
        spec = resource.spec if isinstance(resource, Enrollment) else EnrollmentSpec()
        record = await see_enrollment(self._bus, self._authority().verifier, node)
        if spec.decision is not None and not decided_before(body):
            problem = await self._decide(record, key, spec, where, body)
            record = await see_enrollment(self._bus, self._authority().verifier, node)
        open_ = spec.decision is None and not decided_before(body)
        if open_ and state_of(record, key) == "gone" and is_ours(body):
            await self._api.delete(where, candidate.uid)
            return None
        status = request_status(record, node, key, body, problem, time.time())
        if candidate.requested is not None:
            status["lastHandledReconcileAt"] = candidate.requested
        there = body.get("status") or {}
        same = all(there.get(name) == said for name, said in status.items() if name != "conditions")
        if not same or not same_conditions(body, status, OURS):
            written = await self._api.apply_status(where, candidate.uid, status)
            if written is None:
                return None
            self._store.answered(PLURAL, written)
            for said in turned(body, status, ("Ready", "Approved")):
                await self._events.post(where, candidate.uid, said)
            body = written
        self.note(body)
        return await self._expire(where, candidate.uid, body, spec)

    async def _decide(
        self, record: Record | None, key: str, spec: EnrollmentSpec, where: ObjectKey, body: Body
    ) -> Problem | None:
        """Carry a decision out as an operator does; return why it cannot be."""
        if record is None or state_of(record, key) == "gone":
            return Problem("Gone", "nobody asks with this key any more")
        if spec.decision == "Approve" and spec.fingerprint != key:
            return Problem("InvalidSpec", "spec.fingerprint is not that of the key that asks")
        by = said_by(self._authority.cluster, where, body, "decision")
        authority = self._authority()
        register = EnrollmentRegister(self._bus, self._authority.master(), authority.verifier)
        try:
            labels = None if spec.labels is None else check_labels(spec.labels)

            def change(found: Record) -> Record:
                if spec.decision == "Approve":
                    return accepted(found, labels, key)
                return rejected(found, spec.reason or "", key)

            await register.change(record.id, change, by=by)
        except (SettingsError, InvalidKey, KeyNotFound) as error:
            return Problem("Refused", error.message)
        return None

    async def _expire(
        self, where: ObjectKey, uid: str, body: Body, spec: EnrollmentSpec
    ) -> float | None:
        """Remove an object whose time is over; return in how many seconds it will be."""
        ttl = spec.ttl_seconds_after_finished
        decided = [each for kind in DECIDED if (each := condition_before(body, kind)) is not None]
        ended = condition_before(body, "Issued") or condition_before(body, "Denied")
        if ttl is None or not decided or ended is None:
            return None
        at = datetime.fromisoformat(str(ended["lastTransitionTime"])).timestamp()
        left = at + ttl - time.time()
        if left > 0:
            return left
        await self._api.delete(where, uid)
        return None

    async def _create(self, where: ObjectKey) -> bool:
        body = {
            "apiVersion": API_VERSION,
            "kind": where.kind,
            "metadata": {
                "name": where.name,
                "namespace": where.namespace,
                "labels": {MANAGED_BY: MANAGER},
            },
            "spec": {},
        }
        made = await self._api.create(where, body)
        if made is not None:
            self._store.answered(PLURAL, made)
        return made is not None
