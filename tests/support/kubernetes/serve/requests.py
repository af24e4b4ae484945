"""Every request: who asks, may they, what is the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from support.kubernetes.access.identity import ANONYMOUS, User
from support.kubernetes.access.rbac import Ask
from support.kubernetes.cluster import Cluster
from support.kubernetes.faults import Faults
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Refusal, bad_request
from support.kubernetes.record import Asked, Record
from support.kubernetes.serve.answer import Form, answered, refused
from support.kubernetes.serve.bodies import json_body, options_body, whole_body
from support.kubernetes.serve.listing import listed
from support.kubernetes.serve.paths import unrelated
from support.kubernetes.serve.route import Route, parse_route
from support.kubernetes.serve.watching import WatchCut, Watches
from support.kubernetes.writes.create import create
from support.kubernetes.writes.delete import delete
from support.kubernetes.writes.patch import APPLY, apply, patch
from support.kubernetes.writes.replace import put, stored
from support.kubernetes.writes.write import Validation, Write

_VALIDATIONS: dict[str, Validation] = {
    "": "Warn",
    "Warn": "Warn",
    "Strict": "Strict",
    "Ignore": "Ignore",
}


class Requests:
    """The handler of an HTTP server. ``release`` is the version the server says it has."""

    def __init__(
        self, cluster: Cluster, watches: Watches, faults: Faults, record: Record, release: str
    ) -> None:
        self._cluster = cluster
        self._watches = watches
        self._faults = faults
        self._record = record
        self._release = release
        self._verbs: dict[str, Callable[[web.BaseRequest, Route, User], Awaitable[web.Response]]]
        self._verbs = {
            "get": self._get,
            "list": self._list,
            "create": self._create,
            "update": self._update,
            "patch": self._patch,
            "delete": self._delete,
            "deletecollection": self._delete_all,
        }

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        user, ask = ANONYMOUS, Ask(request.method.lower(), path=request.path)
        try:
            await self._faults.thaw(user)
            user = self._cluster.tokens.user(request.headers.get("Authorization"))
            route = parse_route(self._cluster.kinds, request.method, request.path, request.query)
            ask = ask if route is None else route.ask
            await self._faults.meet(user, ask)
            self._cluster.access.check(user, ask)
            if route is None:
                response: web.StreamResponse = answered(
                    *await unrelated(self._cluster, request, user, self._release)
                )
            elif route.verb == "watch":
                return await self._watch(request, route, user)
            else:
                response = await self._verbs[route.verb](request, route, user)
            await self._faults.meet(user, ask, after=True)
        except Refusal as refusal:
            response = refused(refusal)
        self._note(request, user, ask, response.status)
        return response

    def _note(self, request: web.BaseRequest, user: User, ask: Ask, code: int) -> None:
        agent = request.headers.get("User-Agent", "")
        self._record.asked.append(Asked(user, ask, code, request.content_type, agent))

    async def _get(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        thing = stored(self._cluster, route.kind, route.namespace, route.name)
        return self._answered(request, route, thing)

    async def _list(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        page = listed(self._cluster.store, route)
        return answered(Form.of(request).many(route.kind, page.things, page.metadata))

    async def _watch(
        self, request: web.BaseRequest, route: Route, user: User
    ) -> web.StreamResponse:
        selector, begin = self._watches.begin(route)
        form = Form.of(request)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        self._note(request, user, route.ask, 200)
        try:
            async for events in self._watches.events(route, selector, begin):
                await self._faults.thaw(user)
                lines = (self._line(route.kind, form, event) for event in events)
                await response.write(b"".join(lines))
        except WatchCut as cut:
            if cut.torn:
                await response.write(b'{"type":"MODIFIED","object":{"apiVersion":')
            if request.transport is not None:
                request.transport.close()
        return response

    async def _create(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        write = self._written(request, route)
        thing = create(self._cluster, write, await json_body(request))
        return self._answered(request, route, thing, 201, write.warnings)

    async def _update(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        write = self._written(request, route)
        thing = put(self._cluster, write, await json_body(request))
        return self._answered(request, route, thing, 200, write.warnings)

    async def _patch(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        write = self._written(request, route)
        body = await whole_body(request)
        if request.content_type != APPLY:
            thing, new = patch(self._cluster, write, request.content_type, body), False
        else:
            if "fieldManager" not in route.query:
                write = self._written(request, route, manager="")
            making = Ask("create", route.kind.group, route.kind.plural, "", route.namespace)
            thing, new = apply(
                *(self._cluster, write, body),
                force=route.flag("force"),
                may_create=lambda: self._cluster.access.check(user, making),
            )
        return self._answered(request, route, thing, 201 if new else 200, write.warnings)

    async def _delete(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        options = await options_body(request)
        answer = delete(
            *(self._cluster, route.kind, route.namespace, route.name, options),
            dry_run=route.dry_run or bool(options.get("dryRun")),
        )
        return answered(answer)

    async def _delete_all(self, request: web.BaseRequest, route: Route, user: User) -> web.Response:
        options = await options_body(request)
        page = listed(self._cluster.store, route)
        for thing in page.things:
            namespace = thing["metadata"].get("namespace", "")
            delete(
                *(self._cluster, route.kind, namespace, thing["metadata"]["name"], options),
                dry_run=route.dry_run,
            )
        return answered(Form(False, "").many(route.kind, page.things, page.metadata))

    def _answered(
        self,
        request: web.BaseRequest,
        route: Route,
        thing: Json,
        code: int = 200,
        warnings: Sequence[str] = (),
    ) -> web.Response:
        document = Form.of(request).one(route.kind, thing)
        return answered(document, code, warnings, encode=self._cluster.store.encoded)

    def _line(self, kind: Kind, form: Form, event: Json) -> bytes:
        """Return an event of a watch as it is sent."""
        told = self._cluster.store.encoded(form.told(kind, event["type"], event["object"]))
        return b'{"type":"%b","object":%b}\n' % (event["type"].encode(), told)

    def _written(self, request: web.BaseRequest, route: Route, manager: str | None = None) -> Write:
        validation = _VALIDATIONS.get(route.query.get("fieldValidation", ""))
        if validation is None:
            raise bad_request("fieldValidation: Unsupported value")
        agent = request.headers.get("User-Agent", "unknown").split("/")[0]
        if manager is None:
            manager = route.query.get("fieldManager") or agent
        return Write(
            *(route.kind, route.namespace, route.name, manager, route.subresource),
            dry_run=route.dry_run,
            validation=validation,
        )
