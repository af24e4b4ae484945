"""The watch: a list of each kind, then a stream of its changes, then the list again.

Whole lists come at the start, when the server forgot where we were, and from time to time whatever
the streams say: an object that went while a stream was broken is told by nobody else.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import NoReturn

import anyio

from zester.dataclass import dataclass
from zester.errors import ClusterRefused, ClusterUnavailable, SettingsError
from zester.reconcile.backoff import Backoff
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.endpoint import FindEndpoint
from zester_controller.mirror.cluster.watch import Scope, Seen, Watcher

LOST = (404, 410)
"""Codes after which a list tells more than another try: no such kind, version too old."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Times in seconds.

    ``resync`` is how often everything is listed; ``idle`` how long a stream may be silent (servers
    send a bookmark each minute); ``longest`` how long one lasts; ``absent`` how often a kind is
    looked for that the cluster does not have. After a failure it waits ``first``, and longer up to
    ``ceiling``.
    """

    resync: float = 600.0
    idle: float = 70.0
    longest: float = 600.0
    absent: float = 10.0
    first: float = 0.5
    ceiling: float = 30.0


class StreamWatch:
    """A ClusterWatch; with a ``selector`` only of objects with such labels."""

    def __init__(self, find: FindEndpoint, scope: Scope, pace: Pace, *, selector: str = "") -> None:
        self._selector = selector
        self._find = find
        self._scope = scope
        self._pace = pace

    async def run(self, plurals: Sequence[str], watcher: Watcher) -> NoReturn:
        """Watch until cancelled."""
        async with (
            ClusterApi.open(self._find, connections=0) as api,
            anyio.create_task_group() as tasks,
        ):
            for plural in plurals:
                for namespace in self._scope.spaces:
                    one = _Kind(api, plural, namespace, self._pace, watcher, self._selector)
                    tasks.start_soon(one.run)
        raise AssertionError("a watch ends only by being cancelled")


class _Kind:
    """One kind in one namespace, or (None) in all."""

    def __init__(
        self,
        api: ClusterApi,
        plural: str,
        namespace: str | None,
        pace: Pace,
        watcher: Watcher,
        selector: str,
    ) -> None:
        self._selector = selector
        self._api = api
        self._plural = plural
        self._namespace = namespace
        self._pace = pace
        self._watcher = watcher
        self._backoff = Backoff[str](first=pace.first, ceiling=pace.ceiling)

    async def run(self) -> NoReturn:
        while True:
            try:
                listing = await self._api.list(
                    self._plural, self._namespace, selector=self._selector
                )
            except (ClusterUnavailable, ClusterRefused, SettingsError) as error:
                await self._failed(error)
                continue
            self._watcher.listed(self._plural, self._namespace, listing)
            if listing is None:
                await anyio.sleep(self._pace.absent)
            else:
                await self._follow(listing.version)

    async def _follow(self, version: str) -> None:
        """Tell what changes after a version, until it is time for a list."""
        end = time.monotonic() + self._pace.resync * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        while (left := end - time.monotonic()) > 0:
            began = time.monotonic()
            try:
                with anyio.move_on_after(left):
                    version = await self._stream(version)
                    if not version:
                        return
                    # A server that ends each stream at once must not keep us busy.
                    await anyio.sleep(max(0.0, began + self._pace.first - time.monotonic()))
            except (ClusterUnavailable, ClusterRefused, SettingsError) as error:
                await self._failed(error)

    async def _stream(self, version: str) -> str:
        """Tell what one stream tells; return how far it came, '' when only a list helps."""
        pace = self._pace
        stream = self._api.watch(
            *(self._plural, self._namespace, version),
            longest=pace.longest,
            idle=pace.idle,
            selector=self._selector,
        )
        async with aclosing(stream) as events:
            async for event in events:
                body = event["object"]
                if event["type"] == "ERROR":
                    if body.get("code") in LOST:
                        return ""
                    raise ClusterUnavailable(f"watch of {self._plural}: {body.get('message')}")
                self._backoff.succeeded(self._plural)
                version = body["metadata"]["resourceVersion"]
                if event["type"] == "BOOKMARK":
                    self._watcher.heard(self._plural)
                else:
                    self._watcher.seen(Seen(self._plural, body, gone=event["type"] == "DELETED"))
        return version

    async def _failed(self, error: ClusterUnavailable | ClusterRefused | SettingsError) -> None:
        self._watcher.failed(self._plural, error)
        delay = self._backoff.failed(self._plural)
        if isinstance(error, ClusterUnavailable) and error.retry_after is not None:
            delay = max(delay, error.retry_after)
        await anyio.sleep(delay)
