"""What a server writes into objects: defaults, and nothing where a null may not stand."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from zester.resources.kubernetes.structural.schema import CONTAINERS, Schema, properties, values


def defaulted(schema: Schema | None, value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a copy with defaults filled in.

    A null where the schema is not ``nullable`` counts as nothing: the default takes its place, or
    the field is dropped. In lists it stays, for validation to refuse.
    """
    if schema is None:
        return copy.deepcopy(value)
    if isinstance(value, dict):
        return _object(schema, value)
    if isinstance(value, list):
        items = schema.get("items")
        return [defaulted(items, _or_default(items, each)) for each in value]
    return value


def _object(schema: Schema, value: Mapping[str, Any]) -> dict[str, Any]:
    known, rest = properties(schema), values(schema)
    filled: dict[str, Any] = {}
    for name, each in value.items():
        inner = known.get(name, rest)
        kept = _or_default(inner, each)
        if kept is not None or inner is None or inner.get("nullable"):
            filled[name] = defaulted(inner, kept) if isinstance(kept, CONTAINERS) else kept
    for name, inner in known.items():
        if name not in filled and inner.get("default") is not None:
            filled[name] = defaulted(inner, inner["default"])
    return filled


def _or_default(schema: Schema | None, value: Any) -> Any:  # noqa: ANN401 - JSON
    if value is None and schema is not None and not schema.get("nullable"):
        return schema.get("default")
    return value
