"""Tell objects that they cannot be looked after now, when that goes on for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from zester.bus.parallel import each
from zester.errors import BlobUnavailable, BusUnavailable, Untrusted, ZesterError
from zester_controller.mirror.cluster.api import CONNECTIONS, ClusterApi
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.report.status import is_written, unable_status

PATIENCE = 10.0
"""Seconds of trouble that are not worth telling: a server that is restarted takes less."""


class Unable:
    """Keeps since when a namespace cannot be looked after, and why."""

    def __init__(
        self, api: ClusterApi, store: ObjectStore, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._store = store
        self._clock = clock
        self._since: dict[str, float] = {}

    def over(self, namespace: str) -> None:
        """Take notice that a namespace could be looked after."""
        self._since.pop(namespace, None)

    async def tell(
        self, namespace: str, candidates: Sequence[Candidate], error: ZesterError
    ) -> None:
        """Write it into the statuses; everything else there stays as it was.

        Raises ClusterUnavailable, ClusterRefused.
        """
        problem = problem_of(error)
        now = self._clock()
        since = self._since.setdefault(namespace, now)
        if problem is None or (problem.reason == "NatsUnavailable" and now - since < PATIENCE):
            return
        told = [one for one in candidates if not one.deleting]
        await each(told, lambda one: self._one(one, problem), limit=CONNECTIONS)

    async def _one(self, candidate: Candidate, problem: Problem) -> None:
        body = self._store.get(candidate.key) or candidate.body
        passing = problem.reason == "NatsUnavailable"
        status = unable_status(body, problem, time.time(), passing=passing)
        if is_written(body, status):
            return
        written = await self._api.apply_status(candidate.key, candidate.uid, status)
        if written is not None:
            self._store.answered(candidate.key.plural, written)


def problem_of(error: ZesterError) -> Problem | None:
    """Return what objects are told of an error that nobody who wrote them can help."""
    if isinstance(error, (BusUnavailable, BlobUnavailable)):
        said = "the bus does not answer: nothing is published or taken back, peels go on as before"
        return Problem("NatsUnavailable", said)
    if isinstance(error, Untrusted):
        return Problem("SignatureRefused", f"nobody would believe this publisher: {error.message}")
    return None
