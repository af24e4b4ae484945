"""The watch as kopf does it: in a thread and an event loop of its own, events only.

kopf cancels tasks of the loop it runs in when it stops, so it never gets ours. Nothing of it that
writes is used: no annotation, no finalizer, no patch, no event.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import anyio
import kopf

from zester.errors import ClusterUnavailable, SettingsError
from zester.resources.kubernetes.names import GROUP, VERSION
from zester_controller.mirror.cluster.endpoint import FindEndpoint
from zester_controller.mirror.cluster.watch import Deliver, Scope, Seen

log = logging.getLogger(__name__)

LADDER = (1, 1, 2, 3, 5, 8, 13, 21, 30, *(45,) * 10)
"""Seconds between tries of a request: ten minutes, longer than a control plane's upgrade takes.

It has an end because kopf also tries again what is forbidden.
"""

RELOGIN = datetime.timedelta(minutes=10)
"""Projected tokens are replaced hourly; kopf reads them only when it logs in."""

STOP_WITHIN = 30.0
CLOSING = 0.25
"""Seconds for which the loop runs on: TLS connections are closed by it, and kopf does not wait."""


class KopfWatch:
    """A ClusterWatch."""

    def __init__(self, find: FindEndpoint, scope: Scope) -> None:
        self._find = find
        self._scope = scope

    async def run(self, plurals: Sequence[str], deliver: Deliver) -> None:
        """Watch until cancelled; raises ClusterUnavailable when kopf gave up."""
        loop = asyncio.get_running_loop()
        stop = threading.Event()

        def hand_over(seen: Seen) -> None:
            with suppress(RuntimeError):  # our loop is closed already
                loop.call_soon_threadsafe(deliver, seen)

        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kopf")
        running = thread.submit(self._serve, plurals, hand_over, stop)
        ended = asyncio.wrap_future(running)
        try:
            await asyncio.wait([ended])
        finally:
            stop.set()
            with anyio.move_on_after(STOP_WITHIN, shield=True):
                await asyncio.wait([ended])
            thread.shutdown(wait=False)
        error = ended.exception()
        why = f": {error}" if error else ""
        raise ClusterUnavailable(f"the watch of the cluster ended{why}") from error

    def _serve(self, plurals: Sequence[str], hand_over: Deliver, stop: threading.Event) -> None:
        """Run kopf until told to stop; in its own thread."""
        asyncio.run(self._operate(plurals, hand_over, stop))

    async def _operate(
        self, plurals: Sequence[str], hand_over: Deliver, stop: threading.Event
    ) -> None:
        try:
            await kopf.operator(
                registry=self._registry(plurals, hand_over),
                settings=_settings(self._scope),
                clusterwide=self._scope.whole,
                namespaces=self._scope.namespaces,
                standalone=True,
                stop_flag=stop,
            )
        finally:
            await asyncio.sleep(CLOSING)

    def _registry(self, plurals: Sequence[str], hand_over: Deliver) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry)(self._login)
        for plural in plurals:
            kopf.on.event(GROUP, VERSION, plural, registry=registry)(_handler(plural, hand_over))
        return registry

    def _login(self, **_: Any) -> kopf.ConnectionInfo:  # noqa: ANN401 - whatever kopf tells
        try:
            endpoint = self._find()
        except SettingsError as error:
            raise kopf.LoginError(error.message) from error
        return kopf.ConnectionInfo(
            server=endpoint.server,
            ca_data=endpoint.authority.encode() if endpoint.authority else None,
            scheme="Bearer" if endpoint.token else None,
            token=endpoint.token,
            certificate_data=endpoint.certificate.encode() if endpoint.certificate else None,
            private_key_data=endpoint.key.encode() if endpoint.key else None,
            expiration=datetime.datetime.now(datetime.UTC) + RELOGIN,
        )


def _handler(plural: str, hand_over: Deliver) -> Any:  # noqa: ANN401 - as kopf types it
    async def seen(event: Any, **_: Any) -> None:  # noqa: ANN401 - as kopf types it
        hand_over(Seen(plural, event["object"], gone=event["type"] == "DELETED"))

    return seen


def _settings(scope: Scope) -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.peering.standalone = True
    settings.scanning.disabled = not scope.whole
    settings.posting.enabled = False
    settings.networking.error_backoffs = LADDER
    settings.networking.request_timeout = 60
    settings.networking.connect_timeout = 10
    settings.watching.server_timeout = 600
    settings.watching.reconnect_backoff = 1.0
    settings.queueing.idle_timeout = 1
    return settings
