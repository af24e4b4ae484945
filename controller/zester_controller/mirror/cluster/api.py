"""Requests to the API server: lists, single objects, and what the mirror itself writes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp

from zester.dataclass import dataclass
from zester.errors import ClusterConflict, ClusterRefused, ClusterUnavailable
from zester.resources.kubernetes.names import API_VERSION, FIELD_MANAGER, FINALIZER, GROUP, VERSION
from zester_controller.mirror.cluster.endpoint import Endpoint, FindEndpoint
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.objects.key import ObjectKey

PAGE = 500
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
APPLY = "application/apply-patch+yaml"
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Listing:
    """All objects of a kind as of one moment, ``version``."""

    items: tuple[Body, ...]
    version: str


class ClusterApi:
    """A few requests; every one is safe to send again. Use ``open``."""

    def __init__(self, find: FindEndpoint, session: aiohttp.ClientSession) -> None:
        self._find = find
        self._session = session
        self._endpoint: Endpoint | None = None
        self._context: Any = None

    @classmethod
    @asynccontextmanager
    async def open(cls, find: FindEndpoint) -> AsyncIterator[ClusterApi]:
        """Open a pool of connections for as long as the block runs."""
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session:
            yield cls(find, session)

    async def list(self, plural: str, namespace: str | None) -> Listing | None:
        """Return every object of a kind, of one namespace or all; None when there is no such kind.

        Whole or not at all: raises ClusterUnavailable, ClusterRefused.
        """
        items: list[Body] = []
        query = {"limit": str(PAGE)}
        while True:
            answer = await self._ask("GET", _path(plural, namespace), query=query)
            if answer is None:
                return None
            for item in answer["items"]:
                items.append({**item, "apiVersion": API_VERSION, "kind": item.get("kind", "")})
            version = str(answer["metadata"].get("resourceVersion", ""))
            if not answer["metadata"].get("continue"):
                return Listing(tuple(items), version)
            query["continue"] = answer["metadata"]["continue"]

    async def get(self, path: str) -> Body | None:
        """Return what is at a path (``/api/v1/namespaces/web``), None when nothing is."""
        return await self._ask("GET", path)

    async def apply_status(
        self, key: ObjectKey, uid: str, status: Mapping[str, Any]
    ) -> Body | None:
        """Make the fields of the status that are ours so; return the object, None: it is gone."""
        return await self._apply(key, {"uid": uid}, {"status": status}, "/status")

    async def apply_finalizer(self, key: ObjectKey, uid: str, *, held: bool) -> Body | None:
        """Hold an object until its traces are gone, or let it go; None: it is gone already."""
        held_by = {"finalizers": [FINALIZER]} if held else {}
        return await self._apply(key, {"uid": uid, **held_by}, {}, "")

    async def create(self, key: ObjectKey, body: Mapping[str, Any]) -> Body | None:
        """Make an object; return it, None when the name is taken."""
        query = {"fieldManager": FIELD_MANAGER}
        try:
            return await self._ask("POST", _path(key.plural, key.namespace), body=body, query=query)
        except ClusterConflict:
            return None

    async def delete(self, key: ObjectKey, uid: str) -> None:
        """Delete this very object, if it is still there."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": uid}}
        with suppress(ClusterConflict):  # another object has the name now
            path = f"{_path(key.plural, key.namespace)}/{key.name}"
            await self._ask("DELETE", path, body=options)

    async def post_event(self, namespace: str, event: Mapping[str, Any]) -> None:
        """Tell whoever looks at an object's events."""
        await self._ask("POST", f"/api/v1/namespaces/{namespace}/events", body=event)

    async def _apply(
        self, key: ObjectKey, metadata: Mapping[str, Any], more: Mapping[str, Any], part: str
    ) -> Body | None:
        body = {
            "apiVersion": API_VERSION,
            "kind": key.kind,
            "metadata": {"name": key.name, "namespace": key.namespace, **metadata},
            **more,
        }
        path = f"{_path(key.plural, key.namespace)}/{key.name}{part}"
        query = {"fieldManager": FIELD_MANAGER, "force": "true"}
        try:
            return await self._ask("PATCH", path, body=body, query=query, content=APPLY)
        except ClusterConflict:  # another object has the name now
            return None

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        content: str = "application/json",
    ) -> dict[str, Any] | None:
        for last in (False, True):
            endpoint = self._where(again=last)
            headers = {"Content-Type": content, "Accept": "application/json"}
            if endpoint.token:
                headers["Authorization"] = f"Bearer {endpoint.token}"
            try:
                async with self._session.request(
                    method,
                    endpoint.server + path,
                    data=None if body is None else json.dumps(body).encode(),
                    params=query,
                    headers=headers,
                    ssl=self._context,
                ) as response:
                    data = await response.read()
                    if response.status == 401 and not last:
                        continue  # the token was replaced
                    return _answer(method, path, response, data)
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise ClusterUnavailable(
                    f"{method} {path}: {type(error).__name__}: {error}"
                ) from error
        raise ClusterUnavailable(f"{method} {path}: not answered")

    def _where(self, *, again: bool) -> Endpoint:
        if self._endpoint is None or again:
            self._endpoint = self._find()
            self._context = self._endpoint.context()
        return self._endpoint


def _answer(
    method: str, path: str, response: aiohttp.ClientResponse, data: bytes
) -> dict[str, Any] | None:
    if response.status == 404:
        return None
    if response.status < 300:
        found: dict[str, Any] = json.loads(data)
        return found
    text = f"{method} {path}: {response.status} {_said(data)}".rstrip()
    if response.status == 409:
        raise ClusterConflict(text)
    if response.status in (401, 408, 410, 429) or response.status >= 500:
        wait = response.headers.get("Retry-After", "")
        raise ClusterUnavailable(text, retry_after=float(wait) if wait.isdigit() else None)
    raise ClusterRefused(text, hint="do the roles of the master's service account fit the chart?")


def _said(data: bytes) -> str:
    try:
        found = json.loads(data)
        return str(found.get("message", ""))[:512] if isinstance(found, dict) else ""
    except ValueError:
        return ""


def _path(plural: str, namespace: str | None) -> str:
    place = f"/namespaces/{namespace}" if namespace else ""
    return f"/apis/{GROUP}/{VERSION}{place}/{plural}"
