"""The small HTTP server behind ``/healthz``, ``/readyz`` and ``/metrics``.

It answers one GET or HEAD a connection and closes it. What a client can cost is bounded: size and
time of the request, time of the answer, number of connections.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from importlib import import_module
from typing import Annotated, cast

import anyio
from anyio.abc import SocketAttribute, SocketListener, SocketStream, TaskStatus
from pydantic import StringConstraints

from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.telemetry.checks import Checks
from zester.telemetry.metrics import Metrics

logger = logging.getLogger(__name__)

LARGEST_REQUEST = 8192
REQUEST_SECONDS = 5.0
MOST_CONNECTIONS = 32

Address = tuple[str, int]

ProbeAddress = Annotated[str, StringConstraints(pattern=r"^$|^[^:\s]*:\d{1,5}$")]
"""``host:port`` in settings; empty = no probes, port 0 = any free one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request gets."""

    status: HTTPStatus
    body: bytes
    content_type: str = "application/json"
    allow: str | None = None

    def encode(self, *, head_only: bool) -> bytes:
        """Return the HTTP/1.1 message."""
        lines = [
            f"HTTP/1.1 {self.status.value} {self.status.phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            "Cache-Control: no-store",
            "Connection: close",
        ]
        if self.allow:
            lines.append(f"Allow: {self.allow}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
        return head if head_only else head + self.body


async def serve_probes(
    component: str,
    checks: Checks,
    host: str,
    port: int,
    *,
    metrics: Metrics | None = None,
    task_status: TaskStatus[Address] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until cancelled; ``started`` hands over the bound address (port 0 = any free one).

    Raises SettingsError when the address cannot be had.
    """
    try:
        listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
    except OSError as error:
        raise SettingsError(
            f"cannot serve probes on {host}:{port}: {error.strerror or error}",
            hint="choose another address for the probes, or 0 for any free port",
        ) from error
    server = _Server(component, checks, metrics or Metrics())
    async with listener, anyio.create_task_group() as tasks:
        for one in listener.listeners:
            tasks.start_soon(server.accept, cast(SocketListener, one))
        bound = listener.extra(SocketAttribute.local_address)  # noqa: S610 - anyio's, not Django's
        task_status.started((str(bound[0]), int(bound[1])))


class _Server:
    def __init__(self, component: str, checks: Checks, metrics: Metrics) -> None:
        self._component = component
        self._checks = checks
        self._metrics = metrics
        self._open = 0

    async def accept(self, listener: SocketListener) -> None:
        async with anyio.create_task_group() as tasks:
            while True:
                try:
                    stream = await listener.accept()
                except OSError as error:  # out of descriptors: wait, others will close theirs
                    logger.warning("probe connection not accepted", extra={"error": str(error)})
                    await anyio.sleep(0.5)
                    continue
                if self._open >= MOST_CONNECTIONS:
                    await stream.aclose()
                    continue
                self._open += 1
                tasks.start_soon(self._serve, stream)

    async def _serve(self, stream: SocketStream) -> None:
        try:
            async with stream:
                with anyio.move_on_after(REQUEST_SECONDS):
                    await self._converse(stream)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            return  # the client left: nobody is there to be told
        finally:
            self._open -= 1

    async def _converse(self, stream: SocketStream) -> None:
        request = await _read_head(stream)
        if request is None:
            return
        method, _, rest = request.partition(b" ")
        answer = await self._answer(method, rest.partition(b" ")[0].partition(b"?")[0])
        await stream.send(answer.encode(head_only=method == b"HEAD"))
        await stream.send_eof()

    async def _answer(self, method: bytes, path: bytes) -> Answer:
        if not method.isalpha() or not method.isupper() or not path.startswith(b"/"):
            return _json(HTTPStatus.BAD_REQUEST, {"error": "not an HTTP request"})
        if method not in (b"GET", b"HEAD"):
            error = {"error": "only GET and HEAD are answered"}
            body = json.dumps(error).encode()
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, body, allow="GET, HEAD")
        if path == b"/healthz":
            return _json(HTTPStatus.OK, {"component": self._component, "alive": True})
        if path == b"/readyz":
            return self._readiness()
        if path == b"/metrics":
            # Imported in a thread (50 ms), rendered here, where nobody counts meanwhile.
            await anyio.to_thread.run_sync(import_module, "prometheus_client")
            from zester.telemetry.exposition import CONTENT_TYPE, exposition

            return Answer(HTTPStatus.OK, exposition(self._metrics), CONTENT_TYPE)
        return _json(HTTPStatus.NOT_FOUND, {"error": "try /healthz, /readyz or /metrics"})

    def _readiness(self) -> Answer:
        ready = self._checks.ready
        states = {
            name: {"ok": check.ok, "message": check.message}
            for name, check in self._checks.states().items()
        }
        content = {"component": self._component, "ready": ready, "checks": states}
        return _json(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE, content)


async def _read_head(stream: SocketStream) -> bytes | None:
    """Return the request line; None when the client left before it said anything whole."""
    received = bytearray()
    while b"\r\n\r\n" not in received and b"\n\n" not in received:
        if len(received) >= LARGEST_REQUEST:
            return b"? ?"
        try:
            received += await stream.receive(LARGEST_REQUEST - len(received))
        except anyio.EndOfStream:
            return None
    return bytes(received.split(b"\n", 1)[0].rstrip(b"\r"))


def _json(status: HTTPStatus, content: object) -> Answer:
    return Answer(status, json.dumps(content).encode())
