"""Lists, whole or page by page, all pages as of one moment."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.refusal import Refusal, bad_request, expired
from support.kubernetes.objects.selector import parse_selector
from support.kubernetes.objects.store import Store, key_of
from support.kubernetes.serve.route import Route

_EXPIRED = "The provided continue parameter is too old to display a consistent list result."


@dataclass(frozen=True, slots=True)
class Listing:
    """A page and what its metadata says."""

    things: list[Json]
    metadata: Json


def listed(store: Store, route: Route) -> Listing:
    """Return what a list request gets; raises Refusal 400, 410 and 504 (the future)."""
    query = route.query
    selector = parse_selector(
        route.kind, query.get("labelSelector", ""), query.get("fieldSelector", "")
    )
    limit = route.number("limit") or 0
    revision, after = _start(store, route)
    things = [
        thing
        for thing in store.at(route.kind.shelf, revision, route.namespace)
        if selector.matches(thing) and key_of(thing) > after
    ]
    metadata: Json = {"resourceVersion": str(revision)}
    if limit and len(things) > limit:
        metadata["continue"] = _token(revision, key_of(things[limit - 1]))
        if not selector.terms:
            metadata["remainingItemCount"] = len(things) - limit
        things = things[:limit]
    return Listing(things, metadata)


def _start(store: Store, route: Route) -> tuple[int, tuple[str, str]]:
    """Return as of which revision to list, and after which object."""
    if token := route.query.get("continue"):
        try:
            revision, namespace, name = json.loads(base64.urlsafe_b64decode(token))
        except ValueError as error:
            raise bad_request("continue key is not valid") from error
        if revision < store.compacted:
            raise expired(_EXPIRED)
        return int(revision), (namespace, name)
    wanted = route.number("resourceVersion") or 0
    if wanted > store.revision:
        raise Refusal(
            504,
            "Timeout",
            f"Too large resource version: {wanted}, current: {store.revision}",
            details={"causes": [{"reason": "ResourceVersionTooLarge", "message": "too large"}]},
        )
    if route.query.get("resourceVersionMatch") == "Exact":
        if wanted < store.compacted:
            raise expired(f"The resourceVersion for the provided list is too old: {wanted}")
        return wanted, ("", "")
    return store.revision, ("", "")


def _token(revision: int, after: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([revision, *after]).encode()).decode()
