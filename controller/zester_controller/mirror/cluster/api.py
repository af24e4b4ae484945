"""Requests to the API server: lists, single objects, and what the mirror itself writes."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
from pydantic_core import from_json, to_json
from yarl import URL

from zester.errors import ClusterConflict, ClusterRefused, ClusterUnavailable
from zester.resources.kubernetes.names import API_VERSION, FIELD_MANAGER, FINALIZER, GROUP, VERSION
from zester_controller.mirror.cluster.endpoint import Endpoint, FindEndpoint
from zester_controller.mirror.cluster.watch import Body, Listing
from zester_controller.mirror.objects.key import CORE, ObjectKey

PAGE = 500
TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
APPLY = "application/apply-patch+yaml"
APPLYING = urlencode({"fieldManager": FIELD_MANAGER, "force": "true"})
CONNECTIONS = 16


class ClusterApi:
    """A few requests; every one is safe to send again. Use ``open``."""

    def __init__(
        self,
        find: FindEndpoint,
        session: aiohttp.ClientSession,
        written: Callable[[str], None],
    ) -> None:
        self._written = written
        self._find = find
        self._session = session
        self._endpoint: Endpoint | None = None
        self._context: Any = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        find: FindEndpoint,
        *,
        connections: int = CONNECTIONS,
        written: Callable[[str], None] = lambda _: None,
    ) -> AsyncIterator[ClusterApi]:
        """Open a pool of connections (0: as many as are asked for) while the block runs.

        ``written`` is told what became of each status: written, gone or failed.
        """
        connector = aiohttp.TCPConnector(limit=connections)
        async with aiohttp.ClientSession(
            connector=connector, timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            yield cls(find, session, written)

    async def list(
        self, plural: str, namespace: str | None, *, selector: str = ""
    ) -> Listing | None:
        """Return every object of a kind, of one namespace or all; None when there is no such kind.

        ``selector`` is about labels. Whole or not at all: raises ClusterUnavailable,
        ClusterRefused.
        """
        items: list[Body] = []
        query = {"limit": str(PAGE), **_selecting(selector)}
        while True:
            answer = await self._ask("GET", _path(plural, namespace), query=urlencode(query))
            if answer is None:
                return None
            for item in answer["items"]:
                items.append({**item, "apiVersion": API_VERSION, "kind": item.get("kind", "")})
            version = str(answer["metadata"].get("resourceVersion", ""))
            if not answer["metadata"].get("continue"):
                return Listing(tuple(items), version)
            query["continue"] = answer["metadata"]["continue"]

    async def watch(
        self,
        plural: str,
        namespace: str | None,
        version: str,
        *,
        longest: float,
        idle: float,
        selector: str = "",
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yield what changes after a version until the server ends it, ``longest`` seconds.

        The first is a bookmark of ours: the server listens.
        An event ERROR tells with its ``code`` that the version is too old (410) or the kind not
        there (404). Raises ClusterUnavailable, also after ``idle`` seconds of silence, and
        ClusterRefused.
        """
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(max(1, round(longest))),
            **_selecting(selector),
        }
        timeout = aiohttp.ClientTimeout(total=None, connect=10, sock_read=idle)
        path = _path(plural, namespace)
        asked = f"GET {path}"
        with _told(asked):
            async with await self._send("GET", path, urlencode(query), timeout=timeout) as response:
                if response.status in (404, 410):
                    yield {"type": "ERROR", "object": {"code": response.status}}
                    return
                if response.status >= 300:
                    _answer(asked, response, await response.read())
                yield {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": version}}}
                rest = b""
                async for data in response.content.iter_any():
                    *lines, rest = (rest + data).split(b"\n")
                    for line in lines:
                        yield _parsed(line)

    async def get(self, path: str) -> Body | None:
        """Return what is at a path (``/api/v1/namespaces/web``), None when nothing is."""
        return await self._ask("GET", path)

    async def apply(self, path: str, manifest: Body) -> Body | None:
        """Create or change the fields of an object that are ours; None when there is no such kind.

        For what the mirror holds or reports there are ways of their own.
        """
        return await self._ask("PATCH", path, body=manifest, query=APPLYING, content=APPLY)

    async def apply_status(
        self, key: ObjectKey, uid: str, status: Mapping[str, Any]
    ) -> Body | None:
        """Make the fields of the status that are ours so; return the object, None: it is gone."""
        result = "failed"
        try:
            found = await self._apply(key, {"uid": uid}, {"status": status}, "/status")
            result = "written" if found is not None else "gone"
            return found
        finally:
            self._written(result)

    async def apply_finalizer(self, key: ObjectKey, uid: str, *, held: bool) -> Body | None:
        """Hold an object until its traces are gone, or let it go; None: it is gone already."""
        held_by = {"finalizers": [FINALIZER]} if held else {}
        return await self._apply(key, {"uid": uid, **held_by}, {}, "")

    async def create(self, key: ObjectKey, body: Mapping[str, Any]) -> Body | None:
        """Make an object; return it, None when the name is taken."""
        path = _path(key.plural, key.namespace)
        try:
            return await self._ask("POST", path, body=body, query=f"fieldManager={FIELD_MANAGER}")
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
        try:
            return await self._ask("PATCH", path, body=body, query=APPLYING, content=APPLY)
        except ClusterConflict:  # another object has the name now
            return None

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: str = "",
        content: str = "application/json",
    ) -> dict[str, Any] | None:
        data = None if body is None else _encoded(body)
        asked = f"{method} {path}"
        with _told(asked):
            async with await self._send(method, path, query, data, content) as response:
                return _answer(asked, response, await response.read())

    async def _send(
        self,
        method: str,
        path: str,
        query: str,
        data: bytes | None = None,
        content: str = "application/json",
        timeout: aiohttp.ClientTimeout = TIMEOUT,
    ) -> aiohttp.ClientResponse:
        """Send a request, once more when the token was replaced."""
        for last in (False, True):
            endpoint = self._where(again=last)
            headers = {"Content-Type": content, "Accept": "application/json"}
            if endpoint.token:
                headers["Authorization"] = f"Bearer {endpoint.token}"
            response = await self._session.request(
                *(method, _url(endpoint.server, path, query)),
                data=data,
                headers=headers,
                ssl=self._context,
                timeout=timeout,
            )
            if response.status != 401 or last:
                return response
            response.release()
        raise AssertionError("the last answer is returned")

    def _where(self, *, again: bool) -> Endpoint:
        if self._endpoint is None or again:
            self._endpoint = self._find()
            self._context = self._endpoint.context()
        return self._endpoint


@contextmanager
def _told(asked: str) -> Iterator[None]:
    """Translate what goes wrong with a request."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise ClusterUnavailable(f"{asked}: {type(error).__name__}: {error}") from error


def _url(server: str, path: str, query: str) -> URL:
    asked = server + quote(path)
    return URL(f"{asked}?{query}" if query else asked, encoded=True)


def _answer(asked: str, response: aiohttp.ClientResponse, data: bytes) -> dict[str, Any] | None:
    if response.status == 404:
        return None
    if response.status < 300:
        return _parsed(data)
    text = f"{asked}: {response.status} {_said(data)}".rstrip()
    if response.status == 409:
        raise ClusterConflict(text)
    if response.status in (401, 408, 410, 429) or response.status >= 500:
        wait = response.headers.get("Retry-After", "")
        raise ClusterUnavailable(text, retry_after=float(wait) if wait.isdigit() else None)
    raise ClusterRefused(text, hint="do the roles of the master's service account fit the chart?")


def _encoded(body: object) -> bytes:
    """Write JSON; what is not Unicode is left for the standard library, as it was read."""
    try:
        return to_json(body)
    except ValueError:
        return json.dumps(body).encode()


def _parsed(data: bytes) -> dict[str, Any]:
    """Read JSON; what is not Unicode is left for the standard library to read its own way."""
    found: dict[str, Any]
    try:
        found = from_json(data)
    except ValueError:
        found = json.loads(data)
    return found


def _said(data: bytes) -> str:
    try:
        found = json.loads(data)
        return str(found.get("message", ""))[:512] if isinstance(found, dict) else ""
    except ValueError:
        return ""


def _path(plural: str, namespace: str | None) -> str:
    place = f"/namespaces/{namespace}" if namespace else ""
    group = "/api/v1" if plural in CORE else f"/apis/{GROUP}/{VERSION}"
    return f"{group}{place}/{plural}"


def _selecting(selector: str) -> dict[str, str]:
    return {"labelSelector": selector} if selector else {}
