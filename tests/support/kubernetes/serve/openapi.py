"""OpenAPI documents: enough for clients to learn fields and that the server validates them."""

from __future__ import annotations

import hashlib
import json

from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.kinds import Kinds

_PREFIX = "#/components/schemas/"
_METADATA: Json = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
        "finalizers": {"type": "array", "items": {"type": "string"}},
    },
}


def openapi_index(kinds: Kinds) -> Json:
    """Return which documents there are: one a group and version."""
    paths = {}
    for group, versions in kinds.groups().items():
        for version, known in versions.items():
            path = f"apis/{group}/{version}" if group else f"api/{version}"
            digest = hashlib.sha256(json.dumps(_document(known)).encode()).hexdigest()[:16]
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={digest}"}
    return {"paths": paths}


def openapi_document(kinds: Kinds, path: str) -> Json | None:
    """Return the document of ``apis/<group>/<version>`` or ``api/v1``."""
    parts = path.split("/")
    group, version = ("", parts[-1]) if parts[0] == "api" else (parts[-2], parts[-1])
    found = kinds.groups().get(group, {}).get(version)
    return None if found is None else _document(found)


def _document(kinds: list[Kind]) -> Json:
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1"},
        "paths": {path: operations for kind in kinds for path, operations in _paths(kind).items()},
        "components": {"schemas": {_name(kind): _schema(kind) for kind in kinds}},
    }


def _paths(kind: Kind) -> Json:
    base = f"/apis/{kind.group}/{kind.version}" if kind.group else f"/api/{kind.version}"
    if kind.namespaced:
        base += "/namespaces/{namespace}"
    ref = {"schema": {"$ref": _PREFIX + _name(kind)}}
    names = ("dryRun", "fieldManager", "fieldValidation", "force")
    operation = {
        "parameters": [{"name": name, "in": "query"} for name in names],
        "responses": {"200": {"description": "OK", "content": {"application/json": ref}}},
        "x-kubernetes-group-version-kind": _gvk(kind),
    }
    return {f"{base}/{kind.plural}/{{name}}": {"patch": operation, "put": operation}}


def _schema(kind: Kind) -> Json:
    properties = {
        **kind.schema.get("properties", {}),
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": _METADATA,
    }
    return {
        **kind.schema,
        "type": "object",
        "properties": properties,
        "x-kubernetes-group-version-kind": [_gvk(kind)],
    }


def _gvk(kind: Kind) -> Json:
    return {"group": kind.group, "version": kind.version, "kind": kind.name}


def _name(kind: Kind) -> str:
    group = ".".join(reversed(kind.group.split("."))) if kind.group else "io.k8s.api.core"
    return f"{group}.{kind.version}.{kind.name}"
