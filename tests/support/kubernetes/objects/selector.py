"""Label and field selectors of lists, watches and deletions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import bad_request

_EVENT_FIELDS = (
    *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name"),
    *("involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion"),
    *("involvedObject.fieldPath", "reason", "reportingComponent", "source", "type"),
)
_FIELDS = {
    "events": _EVENT_FIELDS,
    "secrets": ("type",),
    "namespaces": ("status.phase",),
    "pods": ("spec.nodeName", "status.phase", "spec.serviceAccountName"),
}
"""What can be selected besides the name and the namespace, by plural of core kinds."""

_SET = re.compile(r"^(?P<key>[^\s!=(),]+)\s+(?P<how>in|notin)\s*\((?P<values>[^()]*)\)$")
_EQUAL = re.compile(r"^(?P<key>[^\s!=(),]+)\s*(?P<how>!=|==|=)\s*(?P<value>[^\s!=(),]*)$")
_THERE = re.compile(r"^(?P<not>!?)\s*(?P<key>[^\s!=(),]+)$")
_PARTS = re.compile(r",(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class Selector:
    """What a request restricts itself to; without terms everything."""

    terms: tuple[Callable[[Json], bool], ...] = ()
    name: str | None = None

    def matches(self, thing: Json) -> bool:
        return all(term(thing) for term in self.terms)


def parse_selector(kind: Kind, labels: str, fields: str) -> Selector:
    """Read both kinds of selectors; raises Refusal 400 as the server does."""
    terms = [_label_term(part) for part in _PARTS.split(labels) if part.strip()]
    name = None
    for part in fields.split(","):
        if not part.strip():
            continue
        found = _EQUAL.match(part.strip())
        if found is None:
            raise bad_request(f"invalid field selector {part!r}: can't understand {part!r}")
        terms.append(_field_term(kind, found["key"], found["how"], found["value"]))
        if found["key"] == "metadata.name" and found["how"] != "!=":
            name = found["value"]
    return Selector(tuple(terms), name)


def _label_term(part: str) -> Callable[[Json], bool]:
    part = part.strip()
    if found := _SET.match(part):
        values = {value.strip() for value in found["values"].split(",")}
        key, wanted = found["key"], found["how"] == "in"
        return lambda thing: (_labels(thing).get(key) in values) == wanted
    if found := _EQUAL.match(part):
        key, value, wanted = found["key"], found["value"], found["how"] != "!="
        return lambda thing: (_labels(thing).get(key) == value) == wanted
    if found := _THERE.match(part):
        key, wanted = found["key"], not found["not"]
        return lambda thing: (key in _labels(thing)) == wanted
    raise bad_request(f"unable to parse requirement: found {part!r}")


def _field_term(kind: Kind, key: str, how: str, value: str) -> Callable[[Json], bool]:
    known = ("metadata.name", "metadata.namespace")
    if key not in known and (kind.custom or key not in _FIELDS.get(kind.plural, ())):
        raise bad_request(f"field label not supported: {key}")
    path, wanted = key.split("."), how != "!="
    return lambda thing: (_at(thing, path) == value) == wanted


def _labels(thing: Json) -> Json:
    found: Json = thing["metadata"].get("labels") or {}
    return found


def _at(thing: Json, path: list[str]) -> str:
    found: object = thing
    for part in path:
        found = found.get(part, "") if isinstance(found, dict) else ""
    return str(found)
