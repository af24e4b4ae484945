"""An object as the set of its fields: the paths that managers own."""

from __future__ import annotations

from functools import lru_cache

from support.kubernetes.fields.shape import Shape
from support.kubernetes.objects.json_value import CONTAINERS, Json, Value

Path = tuple[str, ...]
"""Elements as in FieldsV1: ``f:name``, ``k:{…}``, ``v:…``; ``.`` ends the path of a list's item."""

_SERVERS_OWN = (
    *("creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generateName"),
    *("generation", "managedFields", "name", "namespace", "resourceVersion", "selfLink", "uid"),
)


def leaves(thing: Json, shape: Shape) -> dict[Path, Value]:
    """Return every field that can be owned with its value."""
    found: dict[Path, Value] = {}
    for name, value in thing.items():
        if name in ("apiVersion", "kind"):
            continue
        if name == "metadata":
            value = {key: each for key, each in value.items() if key not in _SERVERS_OWN}
            if not value:
                continue
        _walk(value, shape.field(name), (f"f:{name}",), found)
    return found


def _walk(value: Value, shape: Shape, path: Path, found: dict[Path, Value]) -> None:
    if isinstance(value, dict) and value and not shape.atomic:
        _walk_fields(value, shape, path, found)
    elif isinstance(value, list) and value and shape.list_type == "set":
        for each in value:
            found[*path, shape.item_key(each)] = each
    elif isinstance(value, list) and value and shape.list_type == "map":
        for each in value:
            item = (*path, shape.item_key(each))
            whole = shape.items.atomic or not isinstance(each, dict)
            found[*item, "."] = each if whole else None
            if whole:
                continue
            _walk_fields(each, shape.items, item, found)
    else:
        found[path] = value


def _walk_fields(thing: Json, shape: Shape, path: Path, found: dict[Path, Value]) -> None:
    for name, each in thing.items():
        if isinstance(each, CONTAINERS):
            _walk(each, shape.field(name), (*path, f"f:{name}"), found)
        else:
            found[*path, f"f:{name}"] = each


@lru_cache(maxsize=1024)
def encode(paths: frozenset[Path]) -> Json:
    """Return paths as FieldsV1."""
    found: Json = {}
    for path in sorted(paths):
        place = found
        for element in path:
            place = place.setdefault(element, {})
    return found


def decode(fields: Json) -> set[Path]:
    """Read FieldsV1."""
    found: set[Path] = set()
    _collect(fields, (), found)
    return found


def _collect(fields: Json, path: Path, found: set[Path]) -> None:
    if not fields and path:
        found.add(path)
    for element, inner in fields.items():
        _collect(inner, (*path, element), found)
