"""A client that hides nothing: every answer with its code. Speaks to any API server."""

from __future__ import annotations

import base64
import io
import json
import ssl
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml

from support.kubernetes.objects.json_value import Json, Value

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is parsed JSON."""

    code: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def metadata(self) -> Json:
        found: Json = self.body["metadata"]
        return found

    @property
    def causes(self) -> list[tuple[str, str]]:
        """Reason and field of everything that is wrong."""
        found = (self.body.get("details") or {}).get("causes", [])
        return [(cause["reason"], cause["field"]) for cause in found]


class Client:
    """One user at one server."""

    def __init__(self, session: aiohttp.ClientSession, url: str, context: ssl.SSLContext) -> None:
        self._session = session
        self._url = url
        self._context = context

    @classmethod
    @asynccontextmanager
    async def of(cls, kubeconfig: Path) -> AsyncIterator[Client]:
        """Connect as the current context says: with a token or a client certificate."""
        config = yaml.safe_load(kubeconfig.read_text())
        context = _named(config["contexts"], config["current-context"])["context"]
        cluster = _named(config["clusters"], context["cluster"])["cluster"]
        user = _named(config["users"], context["user"])["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        secure = ssl.create_default_context(cadata=authority)
        if "client-certificate-data" in user:
            with tempfile.NamedTemporaryFile() as pem:
                for part in ("client-certificate-data", "client-key-data"):
                    pem.write(base64.b64decode(user[part]) + b"\n")
                pem.flush()
                secure.load_cert_chain(pem.name)
        headers = {"User-Agent": "contract/1.0"}
        if "token" in user:
            headers["Authorization"] = f"Bearer {user['token']}"
        async with aiohttp.ClientSession(headers=headers) as session:
            yield cls(session, cluster["server"], secure)

    async def ask(
        self,
        method: str,
        path: str,
        body: Value = None,
        *,
        media: str = "application/json",
        accept: str = "application/json",
        query: Mapping[str, str | int] | None = None,
    ) -> Answer:
        """Send a request; a body is sent as JSON unless it is bytes."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        data = None if body is None else io.BytesIO(body)
        headers = {"Accept": accept, **({"Content-Type": media} if data is not None else {})}
        async with self._session.request(
            *(method, self._url + path),
            data=data,
            params=query,
            headers=headers,
            ssl=self._context,
        ) as response:
            text = await response.text()
            found = json.loads(text) if text.startswith(("{", "[")) else {"text": text}
            warnings = tuple(response.headers.getall("Warning", []))
            return Answer(response.status, found, dict(response.headers), warnings)

    async def get(self, path: str, **query: str | int) -> Answer:
        return await self.ask("GET", path, query=query)

    async def create(self, path: str, body: Json, **query: str | int) -> Answer:
        return await self.ask("POST", path, body, query=query)

    async def put(self, path: str, body: Json, **query: str | int) -> Answer:
        return await self.ask("PUT", path, body, query=query)

    async def merge(self, path: str, body: Json, **query: str | int) -> Answer:
        return await self.ask("PATCH", path, body, media=MERGE, query=query)

    async def operate(self, path: str, operations: list[Json], **query: str | int) -> Answer:
        """Send a JSON patch."""
        return await self.ask("PATCH", path, operations, media=JSON_PATCH, query=query)

    async def apply(self, path: str, body: Json, *, manager: str, **query: str | int) -> Answer:
        """Apply on the server's side."""
        return await self.ask(
            "PATCH", path, body, media=APPLY, query={"fieldManager": manager, **query}
        )

    async def delete(self, path: str, options: Json | None = None, **query: str | int) -> Answer:
        return await self.ask("DELETE", path, options, query=query)

    @asynccontextmanager
    async def watch(self, path: str, **query: str | int) -> AsyncIterator[AsyncIterator[Json]]:
        """Open a watch and yield its events; it is closed at the end of the ``with``."""
        async with self._session.get(
            self._url + path,
            params={"watch": "true", **query},
            ssl=self._context,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=60),
        ) as response:
            if response.status != 200:
                raise AssertionError(f"{response.status}: {await response.text()}")
            yield _events(response)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Json]:
    async for line in response.content:
        yield json.loads(line)


def _named(entries: list[Json], name: str) -> Json:
    return next(entry for entry in entries if entry["name"] == name)
