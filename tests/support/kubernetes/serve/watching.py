"""Watches: every change from a revision on, as a stream of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from support.kubernetes.cluster import Cluster
from support.kubernetes.faults import Fate, Faults, Watching
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Cause, Refusal, expired, invalid
from support.kubernetes.objects.selector import Selector, parse_selector
from support.kubernetes.objects.store import Change, Store
from support.kubernetes.serve.route import Route

_LONGEST = 1800
_GRACE = 1.0  # until a watch ends whose kind is gone: clients may hear of that first
_END_OF_INITIAL = {"k8s.io/initial-events-end": "true"}


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a watch starts; ``initial`` are the objects it tells of first."""

    revision: int
    initial: list[Json]
    tell_end: bool
    too_old: bool = False


class WatchCut(Exception):
    """The connection is to be closed; ``torn`` in the middle of a line."""

    def __init__(self, *, torn: bool) -> None:
        super().__init__("the watch is cut")
        self.torn = torn


class Watches:
    """All watches of a server. ``bookmark_every`` in seconds."""

    def __init__(
        self, cluster: Cluster, faults: Faults, *, bookmark_every: float, watch_list: bool
    ) -> None:
        self._store = cluster.store
        self._kinds = cluster.kinds
        self._faults = faults
        self._bookmark_every = bookmark_every
        self._watch_list = watch_list

    def begin(self, route: Route) -> tuple[Selector, Begin]:
        """Return what a request asks for; raises Refusal 400 and 422 before anything is sent."""
        query, store = route.query, self._store
        selector = parse_selector(
            route.kind, query.get("labelSelector", ""), query.get("fieldSelector", "")
        )
        revision = route.number("resourceVersion") or 0
        route.number("timeoutSeconds"), route.flag("allowWatchBookmarks")  # or refused only later
        streaming = route.flag("sendInitialEvents")
        if "sendInitialEvents" in query:
            self._check_streaming(route.kind, query.get("resourceVersionMatch", ""))
        if streaming or (not revision and "sendInitialEvents" not in query):
            initial = [
                each
                for each in store.all(route.kind.shelf, route.namespace)
                if selector.matches(each)
            ]
            return selector, Begin(store.revision, initial, streaming)
        if not revision:
            return selector, Begin(store.revision, [], False)
        return selector, Begin(revision, [], False, too_old=revision < store.compacted)

    async def events(
        self, route: Route, selector: Selector, begin: Begin
    ) -> AsyncIterator[list[Json]]:
        """Yield events until the time is over, those together that are there at once.

        Raises WatchCut.
        """
        bookmarks = route.flag("allowWatchBookmarks")
        first: list[Json] = [{"type": "ADDED", "object": thing} for thing in begin.initial]
        if begin.tell_end and bookmarks and self._faults.bookmarks:
            first.append(_bookmark(route.kind, begin.revision, _END_OF_INITIAL))
        if begin.too_old:
            first.append(_too_old(begin.revision, self._store))
        if first:
            yield first
        if begin.too_old:
            return
        waker = self._store.wait(route.kind.shelf)
        try:
            with self._faults.watching(route.ask, waker) as watching:
                async for events in self._followed(route, selector, begin.revision, watching):
                    if events[0]["type"] != "BOOKMARK" or (bookmarks and self._faults.bookmarks):
                        yield events
        finally:
            self._store.leave(route.kind.shelf, waker)

    async def _followed(
        self, route: Route, selector: Selector, revision: int, watching: Watching
    ) -> AsyncIterator[list[Json]]:
        """Yield events as they come; a bookmark comes alone."""
        clock = asyncio.get_running_loop()
        seconds = route.number("timeoutSeconds")
        end = clock.time() + (_LONGEST if seconds is None else seconds)
        while True:
            watching.waker.clear()
            if watching.fate in (Fate.CUT, Fate.TORN):
                raise WatchCut(torn=watching.fate is Fate.TORN)
            if watching.fate is Fate.EXPIRED or revision < self._store.compacted:
                yield [_too_old(revision, self._store)]
                return
            changes = self._store.since(route.kind.shelf, revision)
            events = [
                event
                for event in _seen(changes, selector, route.namespace)
                if event["type"] != "DELETED" or not self._faults.drop_deletions
            ]
            if events:
                yield events
            if changes:
                revision = changes[-1].revision
                continue
            if not self._kinds.still(route.kind):
                await asyncio.sleep(_GRACE)
                return
            left = end - clock.time()
            if left <= 0:
                # Nothing is awaited since the changes were read: none is skipped.
                yield [_bookmark(route.kind, max(revision, self._store.revision))]
                return
            try:
                await asyncio.wait_for(watching.waker.wait(), min(left, self._bookmark_every))
            except TimeoutError:
                if self._store.since(route.kind.shelf, revision):
                    continue  # came in this very moment: a bookmark would skip it
                revision = max(revision, self._store.revision)
                yield [_bookmark(route.kind, revision)]

    def _check_streaming(self, kind: Kind, match: str) -> None:
        if not self._watch_list:
            told = (
                "Forbidden: sendInitialEvents is forbidden for watch unless the WatchList "
                "feature gate is enabled"
            )
            raise invalid(kind, "", [Cause("FieldValueForbidden", "sendInitialEvents", told)])
        if match != "NotOlderThan":
            told = (
                "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
            )
            raise invalid(kind, "", [Cause("FieldValueForbidden", "resourceVersionMatch", told)])


def _seen(changes: list[Change], selector: Selector, namespace: str) -> Iterator[Json]:
    """Yield what changes are to a watch that sees only what its selector matches."""
    for change in changes:
        if namespace and change.after["metadata"].get("namespace") != namespace:
            continue
        was = change.before is not None and selector.matches(change.before)
        if change.what == "DELETED":
            if was:
                yield {"type": "DELETED", "object": change.after}
        elif selector.matches(change.after):
            yield {"type": "MODIFIED" if was else "ADDED", "object": change.after}
        elif was and change.before is not None:
            metadata = {**change.before["metadata"], "resourceVersion": str(change.revision)}
            yield {"type": "DELETED", "object": {**change.before, "metadata": metadata}}


def _bookmark(kind: Kind, revision: int, annotations: Json | None = None) -> Json:
    metadata: Json = {"resourceVersion": str(revision), "creationTimestamp": None}
    if annotations:
        metadata["annotations"] = annotations
    thing = {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}
    return {"type": "BOOKMARK", "object": thing}


def _too_old(revision: int, store: Store) -> Json:
    why: Refusal = expired(f"too old resource version: {revision} ({store.compacted})")
    return {"type": "ERROR", "object": why.status()}
