"""kopf in its own thread and loop, with nothing but a handler that notes events."""

from __future__ import annotations

import asyncio
import base64
import threading
from types import TracebackType
from typing import Any, Self

import anyio
import anyio.to_thread
import kopf

from support.kubernetes.access.identity import User
from support.kubernetes.gadget import GROUP, PLURAL
from support.kubernetes.server import ApiServer

Seen = tuple[str | None, str]
"""Type (None for what was there) and name."""


class Operator:
    """What kopf tells of gadgets: of one namespace, or of all if that is empty.

    For all it looks for new kinds and namespaces, which needs the right to.
    """

    def __init__(self, server: ApiServer, user: User, namespace: str = "") -> None:
        self.seen: list[Seen] = []
        self._server = server
        self._token = server.cluster.tokens.issue(user)
        self._namespace = namespace
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operator")
        self._new = anyio.Event()
        self._loop = asyncio.get_running_loop()

    async def until(self, *seen: Seen) -> None:
        """Wait until each was told."""
        while not set(seen) <= set(self.seen):
            await self.next()

    async def next(self) -> None:
        """Wait until one more was told."""
        self._new = anyio.Event()
        await self._new.wait()

    async def __aenter__(self) -> Self:
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        with anyio.CancelScope(shield=True), anyio.fail_after(30):
            await anyio.to_thread.run_sync(self._thread.join)

    def _run(self) -> None:
        settings = kopf.OperatorSettings()
        settings.peering.standalone = True
        settings.posting.enabled = False
        settings.scanning.disabled = bool(self._namespace)
        # A watch that is opened again before it is known that its kind is gone ends kopf (404).
        settings.watching.reconnect_backoff = 0.1 if self._namespace else 2.0
        settings.networking.error_backoffs = [0.1] * 50
        asyncio.run(self._operate(settings))

    async def _operate(self, settings: kopf.OperatorSettings) -> None:
        try:
            await kopf.operator(
                registry=self._registry(),
                settings=settings,
                namespaces=[self._namespace] if self._namespace else [],
                clusterwide=not self._namespace,
                stop_flag=self._stop,
            )
        finally:
            await _closed()

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()

        @kopf.on.login(registry=registry)
        def login(**_: Any) -> kopf.ConnectionInfo:  # noqa: ANN401 - kopf's signature
            return kopf.ConnectionInfo(
                server=self._server.url,
                ca_data=base64.b64encode(self._server.authority),
                scheme="Bearer",
                token=self._token,
            )

        @kopf.on.event(GROUP, PLURAL, registry=registry)
        def note(type: str | None, name: str, **_: Any) -> None:  # noqa: ANN401 - kopf's signature
            self._loop.call_soon_threadsafe(self._note, type, name)

        return registry

    def _note(self, what: str | None, name: str) -> None:
        self.seen.append((what, name))
        self._new.set()


async def _closed() -> None:
    """Wait until all connections are closed: the loop has to do that, and kopf does not wait."""
    loop = asyncio.get_running_loop()
    # Nothing public tells which sockets a loop still looks after; one is its own.
    sockets = loop._selector.get_map()  # type: ignore[attr-defined]  # the reason is above
    async with asyncio.timeout(30):
        while len(sockets) > 1:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
