"""Put an applied configuration into a live object, and take fields out again."""

from __future__ import annotations

from collections.abc import Iterable

from support.kubernetes.fields.leaves import Path
from support.kubernetes.fields.shape import Shape
from support.kubernetes.objects.json_value import CONTAINERS, Json, Value


def merged(live: Value, config: Value, shape: Shape) -> Value:
    """Return ``live`` with everything that ``config`` says; nothing else changes."""
    if isinstance(config, dict) and not shape.atomic:
        known: Json = live if isinstance(live, dict) else {}
        return known | {
            name: merged(known.get(name), value, shape.field(name))
            if isinstance(value, CONTAINERS)
            else value
            for name, value in config.items()
        }
    if isinstance(config, list) and shape.list_type != "atomic":
        before = live if isinstance(live, list) else []
        items = {shape.item_key(item): item for item in before}
        for item in config:
            key = shape.item_key(item)
            items[key] = merged(items.get(key), item, shape.items)
        return list(items.values())
    return config


def without(thing: Json, gone: Iterable[Path], kept: Iterable[Path], shape: Shape) -> Json:
    """Return the object without the fields ``gone``, whose last owner gave them up.

    An item of a list goes with all it holds, unless ``kept`` (what others own) is inside it; whole
    items go first, for without the fields that are its key an item is not found.
    """
    found: Json = thing
    others = list(kept)
    for path in sorted(gone, key=lambda path: (path[-1] != ".", len(path), path)):
        inside = path[:-1] if path[-1] == "." else path
        if any(other[: len(inside)] == inside for other in others):
            continue
        found = _cut(found, inside, shape)
    return found


def _cut(value: Value, path: Path, shape: Shape) -> Value:
    """Return the value without what the path leads to; None if nothing is left of it."""
    element, rest = path[0], path[1:]
    if element.startswith("f:"):
        name = element[2:]
        if not isinstance(value, dict) or name not in value:
            return value
        inner = _cut(value[name], rest, shape.field(name)) if rest else None
        found = {key: each for key, each in value.items() if key != name or inner is not None}
        if inner is not None:
            found[name] = inner
        return found or None
    if not isinstance(value, list) or shape.list_type == "atomic":
        return value
    items = []
    for item in value:
        if shape.item_key(item) != element:
            items.append(item)
        elif rest:
            inner = _cut(item, rest, shape.items)
            if inner is not None:
                items.append(inner)
    return items or None
