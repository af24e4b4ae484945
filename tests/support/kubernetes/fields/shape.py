"""How a schema says that values are put together: what is one value, what has parts."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Literal

from support.kubernetes.objects.json_value import Json, Value

_METADATA: Json = {
    "type": "object",
    "properties": {
        "finalizers": {"type": "array", "x-kubernetes-list-type": "set"},
        "ownerReferences": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["uid"],
            "items": {"type": "object", "x-kubernetes-map-type": "atomic"},
        },
    },
}
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Shape:
    """A schema, asked only about structure; what it does not know are maps and atomic lists."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._fields: dict[str, Shape] = {}
        list_type = schema.get("x-kubernetes-list-type")
        self.list_type: Literal["atomic", "set", "map"] = (
            list_type if list_type in ("set", "map") else "atomic"
        )
        self.atomic = schema.get("x-kubernetes-map-type") == "atomic"
        """Whether a map is one value."""

    @classmethod
    def of_object(cls, schema: Json) -> Shape:
        """Return the shape of a whole object, whose metadata every kind has alike."""
        properties = {**schema.get("properties", {}), "metadata": _METADATA}
        return cls({**schema, "properties": properties})

    def field(self, name: str) -> Shape:
        found = self._fields.get(name)
        if found is not None:
            return found
        known = self._schema.get("properties", {}).get(name)
        if not isinstance(known, dict):
            return self._rest
        self._fields[name] = Shape(known)
        return self._fields[name]

    @cached_property
    def items(self) -> Shape:
        return Shape(self._schema.get("items", {}))

    @cached_property
    def _rest(self) -> Shape:
        found = self._schema.get("additionalProperties")
        return Shape(found if isinstance(found, dict) else {})

    def item_key(self, item: Value) -> str:
        """Return what tells an item of a set or a map list from the others, as a path element."""
        if self.list_type == "set" or not isinstance(item, dict):
            return "v:" + _CANONICAL.encode(item)
        names = self._schema.get("x-kubernetes-list-map-keys", [])
        known = self._schema.get("items", {}).get("properties", {})
        return "k:" + _CANONICAL.encode(
            {name: item.get(name, known.get(name, {}).get("default")) for name in names}
        )
