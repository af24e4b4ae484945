"""The API server: HTTPS on loopback, in the event loop of whoever starts it."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from types import TracebackType
from typing import Self

import yaml
from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.web_protocol import RequestHandler

from support.kubernetes.access.identity import ADMIN, User
from support.kubernetes.certificates import make_certificates
from support.kubernetes.cluster import Cluster
from support.kubernetes.faults import Faults
from support.kubernetes.objects.builtin import CRD
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.record import Record
from support.kubernetes.serve.bodies import LARGEST_BODY
from support.kubernetes.serve.requests import Requests
from support.kubernetes.serve.watching import Watches
from support.kubernetes.writes.delete import settle
from support.kubernetes.writes.patch import apply
from support.kubernetes.writes.schemas import Schemas
from support.kubernetes.writes.write import Write

_NAMESPACES = ("default", "kube-system", "kube-public")


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: asyncio.Task[None],
) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(
        *(message, payload, protocol, writer, task, loop), client_max_size=LARGEST_BODY
    )


class ApiServer:
    """A cluster behind a real socket. Nothing outside ``folder`` is written.

    ``port`` 0 takes any that is free; ``watch_list`` off is a server without that feature.
    """

    def __init__(
        self,
        folder: Path,
        schemas: Schemas,
        *,
        port: int = 0,
        release: str = "1.36.2",
        bookmark_every: float = 60.0,
        watch_list: bool = True,
    ) -> None:
        self.folder = folder
        self.cluster = Cluster(schemas, settle)
        self.faults = Faults()
        self.record = Record()
        watches = Watches(
            self.cluster, self.faults, bookmark_every=bookmark_every, watch_list=watch_list
        )
        self._requests = Requests(self.cluster, watches, self.faults, self.record, release)
        self._certificates = make_certificates(folder)
        self._runner: web.ServerRunner | None = None
        self.port = port
        for name in _NAMESPACES:
            self.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def authority(self) -> bytes:
        """The certificate that clients have to trust, as PEM."""
        return self._certificates.authority

    async def start(self) -> None:
        """Listen, on the same port as before when it was stopped: everything is still there."""
        server = web.Server(
            self._requests, request_factory=_request, handler_cancellation=True, access_log=None
        )
        runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port, ssl_context=self._certificates.context)
        await site.start()
        self.port = runner.addresses[0][1]
        self._runner = runner

    async def stop(self) -> None:
        """Close every connection and the port; the objects stay."""
        if self._runner is None:
            return
        self.faults.end_watches()
        server = self._runner.server
        open_ = [each.transport for each in server.connections] if server is not None else []
        await self._runner.cleanup()
        for transport in open_:  # of clients that stay and never say goodbye
            if transport is not None:
                transport.abort()
        await asyncio.sleep(0)
        self._runner = None

    def add(self, *documents: Json) -> None:
        """Apply objects as an administrator would: definitions first, then in the given order."""
        for document in sorted(documents, key=lambda each: each["kind"] != CRD.name):
            kind = self._kind(document)
            metadata = document["metadata"]
            namespace = metadata.get("namespace", "default") if kind.namespaced else ""
            write = Write(kind, namespace, metadata["name"], "administrator")
            apply(
                *(self.cluster, write, json.dumps(document).encode()),
                force=True,
                may_create=lambda: None,
            )

    def kubeconfig(self, user: User = ADMIN, *, namespace: str = "default") -> Path:
        """Write a kubeconfig with a new token of the user and return its path."""
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "double",
                    "cluster": {
                        "server": self.url,
                        "certificate-authority-data": base64.b64encode(self.authority).decode(),
                    },
                }
            ],
            "users": [{"name": "user", "user": {"token": self.cluster.tokens.issue(user)}}],
            "contexts": [
                {
                    "name": "double",
                    "context": {"cluster": "double", "user": "user", "namespace": namespace},
                }
            ],
            "current-context": "double",
        }
        path = self.folder / f"{user.name.replace(':', '-')}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config))
        return path

    def _kind(self, document: Json) -> Kind:
        for kind in self.cluster.kinds:
            if (kind.api_version, kind.name) == (document["apiVersion"], document["kind"]):
                return kind
        raise ValueError(f"{document['apiVersion']} {document['kind']}: no such kind is served")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
