"""Tables, as the server prints them for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from support.kubernetes.objects.clock import age
from support.kubernetes.objects.json_value import Json, Value
from support.kubernetes.objects.kind import Kind

_STEP = re.compile(
    r"""
      \.(?P<name>(?:\\.|[^.\[\\])+)
    | \[(?P<index>-?\d+|\*)\]
    | \['(?P<quoted>[^']*)'\]
    | \[\?\(@\.(?P<key>[^=\s]+)\s*==\s*["'](?P<value>[^"']*)["']\)\]
    """,
    re.VERBOSE,
)
_NAME: Json = {
    "name": "Name",
    "type": "string",
    "format": "name",
    "description": "Name must be unique within a namespace.",
    "priority": 0,
}
_AGE: Json = {
    "name": "Age",
    "type": "date",
    "jsonPath": ".metadata.creationTimestamp",
    "description": "",
    "priority": 0,
}


def table(kind: Kind, things: Iterable[Json], metadata: Json, include: str) -> Json:
    """Return objects as a Table. ``include``: None, Metadata or Object is what rows carry."""
    columns = kind.columns or (_AGE,)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [_NAME, *(_definition(column) for column in columns)],
        "rows": [_row(thing, columns, include) for thing in things],
    }


def found_at(thing: Value, path: str) -> list[Value]:
    """Return all values a JSONPath leads to: names, ``[0]``, ``[*]``, ``[?(@.type=="Ready")]``."""
    values, at = [thing], 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            return []
        values = [inner for value in values for inner in _stepped(value, step)]
        at = step.end()
    return values


def _stepped(value: Value, step: re.Match[str]) -> Iterator[Value]:
    name = step["quoted"] if step["name"] is None else re.sub(r"\\(.)", r"\1", step["name"])
    if name is not None:
        if isinstance(value, dict) and name in value:
            yield value[name]
    elif not isinstance(value, list):
        return
    elif step["index"] == "*":
        yield from value
    elif step["index"] is not None:
        yield from value[int(step["index"]) :][:1]
    else:
        yield from (each for each in value if str(each.get(step["key"])) == step["value"])


def _definition(column: Json) -> Json:
    return {
        "name": column["name"],
        "type": column["type"],
        "format": column.get("format", ""),
        "description": column.get("description", ""),
        "priority": column.get("priority", 0),
    }


def _row(thing: Json, columns: tuple[Json, ...], include: str) -> Json:
    found: Json = {
        "cells": [thing["metadata"]["name"], *(_cell(thing, column) for column in columns)]
    }
    if include == "Object":
        found["object"] = thing
    elif include != "None":
        found["object"] = {
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": thing["metadata"],
        }
    return found


def _cell(thing: Json, column: Json) -> Value:
    values = found_at(thing, column["jsonPath"])
    if not values:
        return None
    value = values[0]
    if column["type"] == "date":
        return age(str(value))
    if column["type"] in ("integer", "number", "boolean"):
        return value
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
