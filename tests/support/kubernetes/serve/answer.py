"""How an answer is written: plain, as a table, with warnings; and errors as Status."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web
from multidict import CIMultiDict

from support.kubernetes.objects.json_value import Json, encoded
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Refusal
from support.kubernetes.serve.discovery import AGGREGATED
from support.kubernetes.serve.printing import table


@dataclass(frozen=True, slots=True)
class Form:
    """What the client takes: a Table, with what in its rows, or plain objects."""

    table: bool
    include: str

    @classmethod
    def of(cls, request: web.BaseRequest) -> Form:
        first = request.headers.get("Accept", "").split(",")[0]
        return cls("as=Table" in first, request.query.get("includeObject", "Metadata"))

    def one(self, kind: Kind, thing: Json) -> Json:
        """Return the document of a single object."""
        if self.table and thing.get("kind") == kind.name:
            metadata = {"resourceVersion": thing["metadata"].get("resourceVersion", "")}
            return table(kind, [thing], metadata, self.include)
        return versioned(kind, thing)

    def many(self, kind: Kind, things: Sequence[Json], metadata: Json) -> Json:
        """Return the document of a list."""
        if self.table:
            return table(kind, things, metadata, self.include)
        return {
            "apiVersion": kind.api_version,
            "kind": kind.name + "List",
            "metadata": metadata,
            "items": [versioned(kind, thing) for thing in things],
        }

    def told(self, kind: Kind, what: str, thing: Json) -> Json:
        """Return what an event of a watch carries."""
        if not self.table or what == "ERROR":
            return thing
        things = [] if what == "BOOKMARK" else [thing]
        found = table(
            kind, things, {"resourceVersion": thing["metadata"]["resourceVersion"]}, "Object"
        )
        if what == "BOOKMARK":
            found["metadata"] |= thing["metadata"]
        return found


def versioned(kind: Kind, thing: Json) -> Json:
    """Return a stored object in the version that was asked for."""
    if thing.get("kind") != kind.name or thing["apiVersion"] == kind.api_version:
        return thing
    return {**thing, "apiVersion": kind.api_version}


def answered(
    document: Json,
    code: int = 200,
    warnings: Sequence[str] = (),
    encode: Callable[[Json], bytes] = encoded,
) -> web.Response:
    """Return a document as the server sends it."""
    headers: CIMultiDict[str] = CIMultiDict()
    if document.get("kind") == "APIGroupDiscoveryList":
        headers["Content-Type"] = AGGREGATED
    else:
        headers["Content-Type"] = "application/json"
    for warning in warnings:
        headers.add("Warning", "299 - " + json.dumps(warning))
    return web.Response(body=encode(document), status=code, headers=headers)


def refused(refusal: Refusal) -> web.Response:
    return web.json_response(refusal.status(), status=refusal.code, headers=refusal.headers)
