"""Whether columns of ``kubectl get`` will ever show anything."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zester.resources.kubernetes.structural.schema import INT_OR_STRING, Schema, properties

METADATA: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "namespace": {"type": "string"},
        "generation": {"type": "integer"},
        "creationTimestamp": {"type": "string", "format": "date-time"},
        "deletionTimestamp": {"type": "string", "format": "date-time"},
    },
}
_STEP = re.compile(
    r"\.(?P<field>[A-Za-z_][\w-]*)"
    r"|\[(?P<index>\d+)\]"
    r"""|\[\?\(@\.(?P<key>\w+)==(?:"[^"]*"|'[^']*')\)\]"""
)
_FITTING = {
    "string": ("string",),
    "integer": ("integer",),
    "number": ("number", "integer"),
    "boolean": ("boolean",),
    "date": ("string",),
}


def column_problems(schema: Schema, columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Tell which columns are mistyped or lead nowhere: servers take them and show nothing."""
    seen = set()
    for column in columns:
        name, path = column["name"], column["jsonPath"]
        if name in seen:
            yield f"column {name}: there are two of it"
        seen.add(name)
        end, told = _end(schema, path)
        if end is None:
            yield f"column {name}: {path}: {told}"
            continue
        kind = "string" if end.get(INT_OR_STRING) else end.get("type")
        if column["type"] not in _FITTING:
            yield f"column {name}: there is no type {column['type']}"
        elif kind not in _FITTING[column["type"]]:
            yield f"column {name}: {path} is of type {kind}, not {column['type']}"
        elif column["type"] == "date" and end.get("format") != "date-time":
            yield f"column {name}: {path} is not a date-time"


def _end(schema: Schema, path: str) -> tuple[Schema | None, str]:
    node, at, top = schema, 0, True
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return None, "is not a path"
        at = step.end()
        if step["field"] is None:
            if node.get("type") != "array":
                return None, f"{step[0]} is not in a list"
            node = node["items"]
            if step["key"] and step["key"] not in properties(node):
                return None, f"{step['key']} is not declared"
            continue
        known = METADATA if top and step["field"] == "metadata" else None
        inner = known or properties(node).get(step["field"])
        if inner is None:
            return None, f"{step['field']} is not declared"
        node, top = inner, False
    return node, ""
