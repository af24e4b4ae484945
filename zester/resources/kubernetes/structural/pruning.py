"""What a server drops from objects: fields that the schema does not know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from zester.dataclass import dataclass
from zester.resources.kubernetes.structural.cause import child, item
from zester.resources.kubernetes.structural.schema import (
    CONTAINERS,
    EMBEDDED,
    OBJECT_FIELDS,
    PRESERVE,
    Schema,
    properties,
    values,
)


@dataclass(frozen=True, slots=True)
class Pruned:
    """A copy of an object; ``unknown`` are the places that strict validation refuses."""

    value: Any
    unknown: tuple[str, ...]


def pruned(schema: Schema, value: Any, *, root: bool = True) -> Pruned:  # noqa: ANN401 - JSON
    """Drop fields that the schema does not know; a ``root`` keeps its kind and metadata."""
    pruner = _Pruner()
    kept = pruner.visit(schema, value, "", root=root)
    return Pruned(kept, tuple(pruner.unknown))


@dataclass(slots=True)
class _Pruner:
    unknown: list[str] = field(default_factory=list)

    def visit(
        self,
        schema: Schema | None,
        value: Any,  # noqa: ANN401 - JSON
        place: str,
        *,
        root: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, dict):
            return self._object(
                schema or {}, value, place, root or bool((schema or {}).get(EMBEDDED))
            )
        if isinstance(value, list):
            items = (schema or {}).get("items")
            if items is None and schema and schema.get(PRESERVE):
                return value
            return [self.visit(items, each, item(place, at)) for at, each in enumerate(value)]
        return value

    def _object(
        self, schema: Schema, value: Mapping[str, Any], place: str, embedded: bool
    ) -> dict[str, Any]:
        known, rest, keep = properties(schema), values(schema), bool(schema.get(PRESERVE))
        kept: dict[str, Any] = {}
        for name, each in value.items():
            inner = known.get(name, rest)
            if embedded and name in OBJECT_FIELDS:
                kept[name] = each
            elif inner is None and not keep:
                self.unknown.append(child(place, name))
            elif inner is None or not isinstance(each, CONTAINERS):
                kept[name] = each
            else:
                kept[name] = self.visit(inner, each, child(place, name))
        return kept
