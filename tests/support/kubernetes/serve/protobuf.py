"""Bodies in protobuf: kubectl and Helm send them for built-in objects they know the type of."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from support.kubernetes.objects.json_value import Json, Value

MEDIA = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _BYTES = 0, 2


class NotProtobuf(ValueError):
    """The bytes are no message, or one of a kind that is not in the table."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of a message; ``many`` fields repeat, the entries of maps have a key and a value."""

    name: str
    of: Literal["text", "bytes"] | Mapping[int, _Field] = "text"
    many: bool = False
    map: bool = False


def _texts(*names: str) -> dict[int, _Field]:
    return {number: _Field(name) for number, name in enumerate(names, 1)}


_METADATA = {
    1: _Field("name"),
    2: _Field("generateName"),
    3: _Field("namespace"),
    5: _Field("uid"),
    6: _Field("resourceVersion"),
    11: _Field("labels", map=True),
    12: _Field("annotations", map=True),
    14: _Field("finalizers", many=True),
}
_RULE = {
    number: _Field(name, many=True)
    for number, name in enumerate(
        ("verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs"), 1
    )
}
_ROLE = {1: _Field("metadata", _METADATA), 2: _Field("rules", _RULE, many=True)}
_BINDING = {
    1: _Field("metadata", _METADATA),
    2: _Field("subjects", _texts("kind", "apiGroup", "name", "namespace"), many=True),
    3: _Field("roleRef", _texts("apiGroup", "kind", "name")),
}
_ATTRIBUTES = _texts("namespace", "verb", "group", "version", "resource", "subresource", "name")
_MESSAGES: dict[str, Mapping[int, _Field]] = {
    "Namespace": {1: _Field("metadata", _METADATA)},
    "ServiceAccount": {1: _Field("metadata", _METADATA)},
    "ConfigMap": {
        1: _Field("metadata", _METADATA),
        2: _Field("data", map=True),
        3: _Field("binaryData", "bytes", map=True),
    },
    "Secret": {
        1: _Field("metadata", _METADATA),
        2: _Field("data", "bytes", map=True),
        3: _Field("type"),
        4: _Field("stringData", map=True),
    },
    "Role": _ROLE,
    "ClusterRole": _ROLE,
    "RoleBinding": _BINDING,
    "ClusterRoleBinding": _BINDING,
    "DeleteOptions": {
        2: _Field("preconditions", _texts("uid", "resourceVersion")),
        4: _Field("propagationPolicy"),
        5: _Field("dryRun", many=True),
    },
    "SelfSubjectReview": {},
    "SelfSubjectAccessReview": {
        2: _Field(
            "spec",
            {
                1: _Field("resourceAttributes", _ATTRIBUTES),
                2: _Field("nonResourceAttributes", _texts("path", "verb")),
            },
        )
    },
}


def decoded_protobuf(body: bytes) -> Json:
    """Return an object; raises NotProtobuf."""
    if not body.startswith(_MAGIC):
        raise NotProtobuf("the magic number is missing")
    whole = dict(_fields(body.removeprefix(_MAGIC)))
    about = _message(whole.get(1, b""), _texts("apiVersion", "kind"))
    if about.get("kind") not in _MESSAGES:
        raise NotProtobuf(f"{about.get('kind')}: the double reads this kind only as JSON")
    return {**about, **_message(whole.get(2, b""), _MESSAGES[about["kind"]])}


def _message(data: bytes, known: Mapping[int, _Field]) -> Json:
    found: Json = {}
    for number, value in _fields(data):
        field = known.get(number)
        if field is None:
            continue
        if field.map:
            entry = dict(_fields(value))
            found.setdefault(field.name, {})[entry.get(1, b"").decode()] = _read(
                field, entry.get(2, b"")
            )
        elif field.many:
            found.setdefault(field.name, []).append(_read(field, value))
        elif value or not isinstance(field.of, str):
            found[field.name] = _read(field, value)
    return found


def _read(field: _Field, value: bytes) -> Value:
    if field.of == "bytes":
        return base64.b64encode(value).decode()
    return value.decode() if isinstance(field.of, str) else _message(value, field.of)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and content of the fields that hold bytes; numbers are of no interest here."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == _VARINT:
            _, at = _varint(data, at)
        elif tag & 7 == _BYTES:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise NotProtobuf("a field ends after the message")
            yield tag >> 3, data[at : at + size]
            at += size
        else:
            raise NotProtobuf(f"wire type {tag & 7}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 128:
            return value, at
    raise NotProtobuf("a number ends after the message")
