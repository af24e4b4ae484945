"""What every object's metadata has to be, and what of it belongs to the server."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from support.kubernetes.objects.builtin import NAMESPACE
from support.kubernetes.objects.json_value import Json, Value
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.refusal import Cause, bad_request, invalid

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SEGMENT = re.compile(r"(?!\.\.?$)[^/%]+")
_PART = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_ANNOTATIONS = 256 * 1024
_KNOWN = frozenset(
    (
        *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"),
        *("finalizers", "generateName", "generation", "labels", "managedFields", "name"),
        *("namespace", "ownerReferences", "resourceVersion", "selfLink", "uid"),
    )
)
_SERVERS_OWN = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation"),
    *("managedFields", "resourceVersion", "selfLink", "uid"),
)


def _any(value: Value) -> bool:
    return True


def _text(value: Value) -> bool:
    return isinstance(value, str)


def _texts(value: Value) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _text_map(value: Value) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _owners(value: Value) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, dict)
        and all(isinstance(each.get(name), str) for name in ("apiVersion", "kind", "name", "uid"))
        for each in value
    )


_FORMS: dict[str, tuple[Callable[[Value], bool], str]] = {
    **dict.fromkeys(
        ("name", "namespace", "generateName", "uid", "resourceVersion"), (_text, "a text")
    ),
    **dict.fromkeys(("labels", "annotations"), (_text_map, "a map of texts")),
    "finalizers": (_texts, "a list of texts"),
    "ownerReferences": (_owners, "a list of owners"),
}


def decoded(kind: Kind, body: Value) -> Json:
    """Return a copy of a body that is an object of the kind; raises Refusal 400."""
    if not isinstance(body, dict) or not isinstance(body.get("metadata", {}), dict | None):
        raise bad_request("the object provided is unrecognized (must be a JSON object)")
    if (body.get("apiVersion"), body.get("kind")) != (kind.api_version, kind.name):
        raise bad_request(
            f"the API version in the data ({body.get('apiVersion')}, Kind={body.get('kind')}) "
            f"does not match the expected API version ({kind.api_version}, Kind={kind.name})"
        )
    metadata = {
        name: value for name, value in (body.get("metadata") or {}).items() if value is not None
    }
    for name, value in metadata.items():
        fits, told = _FORMS.get(name, (_any, ""))
        if not fits(value):
            raise bad_request(f"metadata.{name}: must be {told}")
    for name in ("labels", "annotations", "finalizers", "ownerReferences"):
        if not metadata.get(name, True):
            del metadata[name]
    return {**body, "metadata": metadata}


def with_known_metadata(thing: Json) -> tuple[Json, tuple[str, ...]]:
    """Return the object without the fields of the metadata that no object has, and these."""
    metadata = thing["metadata"]
    if metadata.keys() <= _KNOWN:
        return thing, ()
    known = {name: value for name, value in metadata.items() if name in _KNOWN}
    unknown = tuple(f"metadata.{name}" for name in metadata if name not in _KNOWN)
    return {**thing, "metadata": known}, unknown


def placed(kind: Kind, thing: Json, namespace: str, name: str) -> Json:
    """Return the object with its namespace and name; raises Refusal when it says otherwise."""
    metadata = dict(thing["metadata"])
    if metadata.get("namespace", namespace) != namespace and kind.namespaced:
        raise bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
    if kind.namespaced:
        metadata["namespace"] = namespace
    else:
        metadata.pop("namespace", None)
    if name and metadata.get("name", name) != name:
        raise bad_request(
            f"the name of the object ({metadata['name']}) does not match the name on the URL "
            f"({name})"
        )
    if name:
        metadata["name"] = name
    elif not metadata.get("name"):
        prefix = metadata.get("generateName")
        if not prefix:
            raise invalid(
                kind,
                "",
                [
                    Cause(
                        *("FieldValueRequired", "metadata.name"),
                        "Required value: name or generateName is required",
                    )
                ],
            )
        metadata["name"] = prefix + "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in "12345")
    return {**thing, "metadata": metadata}


def metadata_causes(kind: Kind, thing: Json) -> list[Cause]:
    """Return what is wrong with the metadata."""
    metadata = thing["metadata"]
    found = []
    name = metadata["name"]
    if kind.shelf == NAMESPACE.shelf:
        pattern, most, told = _DNS_LABEL, 63, "a lowercase RFC 1123 label"
    elif kind.group == "rbac.authorization.k8s.io":
        pattern, most, told = _SEGMENT, 1024, "a path segment"
    else:
        pattern, most, told = _SUBDOMAIN, 253, "a lowercase RFC 1123 subdomain"
    if len(name) > most or not pattern.fullmatch(name):
        found.append(
            Cause("FieldValueInvalid", "metadata.name", f'Invalid value: "{name}": must be {told}')
        )
    for key, value in metadata.get("labels", {}).items():
        if not _qualified(key) or (value and not (len(value) <= 63 and _PART.fullmatch(value))):
            found.append(
                Cause(
                    *("FieldValueInvalid", "metadata.labels"),
                    f'Invalid value: "{value if _qualified(key) else key}": not a label',
                )
            )
    annotations = metadata.get("annotations", {})
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > _ANNOTATIONS:
        found.append(
            Cause(
                *("FieldValueTooLong", "metadata.annotations"),
                f"Too long: may not be more than {_ANNOTATIONS} bytes",
            )
        )
    for each in metadata.get("finalizers", ()):
        if not _qualified(each):
            found.append(
                Cause("FieldValueInvalid", "metadata.finalizers", f'Invalid value: "{each}"')
            )
    return found


def servers_own(thing: Json, old: Json) -> Json:
    """Return the object with the server's part of the metadata as it is stored."""
    metadata = {
        name: value for name, value in thing["metadata"].items() if name not in _SERVERS_OWN
    }
    stored = old["metadata"]
    metadata |= {name: stored[name] for name in _SERVERS_OWN if name in stored}
    return {**thing, "metadata": metadata}


def fresh(thing: Json) -> Json:
    """Return the object without what only the server may say."""
    metadata = {
        name: value for name, value in thing["metadata"].items() if name not in _SERVERS_OWN
    }
    return {**thing, "metadata": metadata}


def _qualified(name: str) -> bool:
    prefix, slash, last = name.rpartition("/")
    if slash and not (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix)):
        return False
    return len(last) <= 63 and bool(_PART.fullmatch(last))
