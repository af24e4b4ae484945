"""How a schema says that values are put together: what is one value, what has parts."""

from __future__ import annotations

import json
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


class Shape:
    """A schema, asked only about structure; what it does not know are maps and atomic lists."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema

    @classmethod
    def of_object(cls, schema: Json) -> Shape:
        """Return the shape of a whole object, whose metadata every kind has alike."""
        properties = {**schema.get("properties", {}), "metadata": _METADATA}
        return cls({**schema, "properties": properties})

    def field(self, name: str) -> Shape:
        found = self._schema.get("properties", {}).get(name)
        if found is None:
            found = self._schema.get("additionalProperties")
        return Shape(found if isinstance(found, dict) else {})

    @property
    def items(self) -> Shape:
        return Shape(self._schema.get("items", {}))

    @property
    def atomic(self) -> bool:
        """Whether a map is one value."""
        return self._schema.get("x-kubernetes-map-type") == "atomic"

    @property
    def list_type(self) -> Literal["atomic", "set", "map"]:
        found = self._schema.get("x-kubernetes-list-type")
        return found if found in ("set", "map") else "atomic"

    def item_key(self, item: Value) -> str:
        """Return what tells an item of a set or a map list from the others, as a path element."""
        if self.list_type == "set" or not isinstance(item, dict):
            return "v:" + _canonical(item)
        names = self._schema.get("x-kubernetes-list-map-keys", [])
        known = self._schema.get("items", {}).get("properties", {})
        return "k:" + _canonical(
            {name: item.get(name, known.get(name, {}).get("default")) for name in names}
        )


def _canonical(value: Value) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
