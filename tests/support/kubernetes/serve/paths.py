"""Whatever is no resource: discovery, documents, health, and what a user may do."""

from __future__ import annotations

from aiohttp import web

from support.kubernetes.access.identity import User
from support.kubernetes.access.rbac import REVIEWS, WHO_AM_I, Ask
from support.kubernetes.cluster import Cluster
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.refusal import Refusal, bad_request
from support.kubernetes.serve.bodies import json_body
from support.kubernetes.serve.discovery import discovery_document, version_document
from support.kubernetes.serve.openapi import openapi_document, openapi_index
from support.kubernetes.serve.route import MISSING

_HEALTH = ("/healthz", "/livez", "/readyz")


async def unrelated(
    cluster: Cluster, request: web.BaseRequest, user: User, release: str
) -> tuple[Json, int]:
    """Return document and code; raises Refusal 404."""
    path = request.path.rstrip("/")
    if request.method == "POST" and path in REVIEWS:
        return await _reviewed(cluster, request, user), 201
    found: Json | None = None
    if request.method != "GET":
        pass
    elif path == "/version":
        found = version_document(release)
    elif path in _HEALTH:
        found = {"status": "ok"}
    elif path == "/openapi/v3":
        found = openapi_index(cluster.kinds)
    elif path.startswith("/openapi/v3/"):
        found = openapi_document(cluster.kinds, path.removeprefix("/openapi/v3/"))
    elif path.split("/")[1] in ("api", "apis"):
        aggregated = "apidiscovery.k8s.io" in request.headers.get("Accept", "")
        found = discovery_document(cluster.kinds, path, aggregated=aggregated)
    if found is None:
        raise Refusal(404, "NotFound", MISSING, details={})
    return found, 200


async def _reviewed(cluster: Cluster, request: web.BaseRequest, user: User) -> Json:
    review = await json_body(request)
    if not isinstance(review, dict):
        raise bad_request("a review is an object")
    if request.path == WHO_AM_I:
        return {**review, "status": {"userInfo": {"username": user.name, "groups": user.groups}}}
    spec = review.get("spec") or {}
    wanted = spec.get("resourceAttributes") or spec.get("nonResourceAttributes") or {}
    names = ("verb", "group", "resource", "subresource", "namespace", "name", "path")
    ask = Ask(**{name: wanted[name] for name in names if name in wanted})
    return {**review, "status": {"allowed": cluster.access.allowed(user, ask)}}
