"""Holds objects in the cluster until their traces are gone."""

from __future__ import annotations

from collections.abc import Iterable

from zester.bus.parallel import each
from zester_controller.mirror.cluster.api import CONNECTIONS, ClusterApi
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.candidate import Candidate


class Holder:
    """Puts our finalizer on objects and takes it off; raises ClusterUnavailable."""

    def __init__(self, api: ClusterApi, store: ObjectStore) -> None:
        self._api = api
        self._store = store

    async def hold(self, candidates: Iterable[Candidate]) -> None:
        """Hold those that are free."""
        free = [one for one in candidates if not one.held]
        await each(free, lambda one: self._apply(one, held=True), limit=CONNECTIONS)

    async def release(self, candidates: Iterable[Candidate]) -> None:
        """Let those go that are held."""
        held = [one for one in candidates if one.held]
        await each(held, lambda one: self._apply(one, held=False), limit=CONNECTIONS)

    async def _apply(self, candidate: Candidate, *, held: bool) -> None:
        body = await self._api.apply_finalizer(candidate.key, candidate.uid, held=held)
        if body is not None:
            self._store.answered(candidate.key.plural, body)
