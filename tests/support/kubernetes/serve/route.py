"""What a request asks for, from its method, path and query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from support.kubernetes.access.rbac import REVIEWS, Ask
from support.kubernetes.objects.builtin import NAMESPACE
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.kinds import Kinds
from support.kubernetes.objects.refusal import Refusal, bad_request

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "GET": "get", "DELETE": "delete"}
MISSING = "the server could not find the requested resource"


@dataclass(frozen=True, slots=True)
class Route:
    """A resource request. ``verb`` is as roles name it."""

    verb: str
    kind: Kind
    namespace: str
    name: str
    subresource: str
    query: Mapping[str, str]

    @property
    def ask(self) -> Ask:
        return Ask(
            self.verb,
            self.kind.group,
            self.kind.plural,
            self.subresource,
            self.name if self.kind.shelf == NAMESPACE.shelf else self.namespace,
            self.name or self._selected,
        )

    @property
    def dry_run(self) -> bool:
        return self.query.get("dryRun") == "All"

    def flag(self, name: str) -> bool:
        """Return a boolean of the query."""
        found = self.query.get(name, "")
        if found.lower() not in ("", "0", "1", "true", "false"):
            raise bad_request(f"unable to parse {name}={found!r}")
        return found.lower() in ("1", "true")

    def number(self, name: str) -> int | None:
        """Return a whole number of the query."""
        found = self.query.get(name, "")
        if not found:
            return None
        if not found.isdecimal():
            raise bad_request(f"{name}: Invalid value: {found!r}")
        return int(found)

    @property
    def _selected(self) -> str:
        """The one name that a list is restricted to: roles may allow just that."""
        fields = self.query.get("fieldSelector", "").replace("==", "=")
        name, _, value = fields.partition("=")
        return value if name == "metadata.name" and "," not in value else ""


def parse_route(kinds: Kinds, method: str, path: str, query: Mapping[str, str]) -> Route | None:
    """Return what is asked of a resource, None for any other path; raises Refusal 404, 405."""
    if path in REVIEWS:
        return None
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) >= 3 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource, *more = [*rest, "", ""][: max(3, len(rest))]
    kind = kinds.find(group, version, plural)
    if kind is None or more or (namespace and not kind.namespaced):
        raise Refusal(404, "NotFound", MISSING, details={})
    if kind.namespaced and not namespace and name:
        raise Refusal(404, "NotFound", MISSING, details={})
    if subresource and not (subresource == "status" and kind.status):
        raise Refusal(404, "NotFound", MISSING, details={})
    verb = _verb(method, name, query)
    if verb is None or (verb == "create" and kind.namespaced and not namespace):
        raise Refusal(
            405,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
            details={},
        )
    return Route(verb, kind, namespace, name, subresource, query)


def _verb(method: str, name: str, query: Mapping[str, str]) -> str | None:
    if method == "GET" and query.get("watch", "").lower() in ("1", "true"):
        return "watch"
    if not name:
        collection = {"GET": "list", "POST": "create", "DELETE": "deletecollection"}
        return collection.get(method)
    return None if method == "POST" else _VERBS.get(method)
