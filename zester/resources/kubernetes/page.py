"""docs/kubernetes-kinds.md: every kind with its fields, for people without a cluster at hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from zester.resources.kubernetes.definition import object_schema
from zester.resources.kubernetes.kind import USUAL, CustomKind
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.resources.kubernetes.structural.schema import (
    INT_OR_STRING,
    LIST_MAP_KEYS,
    LIST_TYPE,
    PRESERVE,
    VALIDATIONS,
    Schema,
    properties,
    values,
)

HEAD = f"""# Kinds in Kubernetes

<!-- Written by `make crds` from zester/resources/kubernetes: change it there. -->

All are of `{API_VERSION}` and belong to a namespace; `kubectl get zester` shows every object.
[examples/kubernetes](../examples/kubernetes) has one of each. `kubectl explain` tells the same.
A field in bold must be given.
"""

_RANGES = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("maxLength", "up to {} characters"),
    ("maxItems", "up to {}"),
    ("maxProperties", "up to {}"),
)


def page() -> str:
    """Return the page as Markdown."""
    return "\n".join([HEAD, *("\n".join(_kind(kind)) for kind in CUSTOM_KINDS)])


def _kind(kind: CustomKind) -> Iterator[str]:
    schema = object_schema(kind)
    columns = ", ".join(
        f"{each.name} (wide)" if each.wide else each.name for each in kind.columns + USUAL
    )
    yield f"## {kind.name}\n"
    yield f"{schema['description']}\n"
    yield f"Short name `{kind.short}`. Columns: {columns}.\n"
    for part in ("spec", "status"):
        yield "| field | type | default | meaning |\n|---|---|---|---|"
        yield from _rows(properties(schema)[part], part)
        yield ""
    refused = list(dict.fromkeys(_refused(schema, "")))
    if refused:
        yield "What a server checks beyond types:\n"
        yield from (f"* {each}" for each in refused)
        yield ""


def _rows(schema: Schema, place: str) -> Iterator[str]:
    for name, inner in properties(schema).items():
        where = f"{place}.{name}"
        if where == "status.conditions":
            yield f"| `{where}[]` | list | | The usual conditions of Kubernetes, by type. |"
            continue
        shown = f"**`{where}`**" if name in schema.get("required", ()) else f"`{where}`"
        default = f"`{json.dumps(inner['default'])}`" if "default" in inner else ""
        limits = _limits(inner) if place.startswith("spec") else ()
        meaning = " ".join([inner.get("description", ""), *limits])
        yield f"| {shown} | {_type(inner)} | {default} | {_escaped(meaning)} |"
        yield from _rows(inner, where)
        inside = inner.get("items") or values(inner)
        if isinstance(inside, Mapping):
            yield from _rows(inside, f"{where}[]")


def _type(schema: Schema) -> str:
    if schema.get(INT_OR_STRING):
        return "number or percent"
    if "enum" in schema:
        return " \\| ".join(f"`{each}`" for each in schema["enum"])
    kind = schema.get("type", "anything")
    if kind == "array":
        of = _type(schema["items"])
        by = f" by {', '.join(schema[LIST_MAP_KEYS])}" if LIST_MAP_KEYS in schema else ""
        return f"{'set' if schema.get(LIST_TYPE) == 'set' else 'list'} of {of}{by}"
    if kind == "object":
        inside = values(schema)
        if inside is not None:
            return f"map to {_type(inside)}"
        return "free fields" if schema.get(PRESERVE) else "object"
    return "time" if schema.get("format") == "date-time" else str(kind)


def _limits(schema: Schema) -> Iterator[str]:
    if "enum" in schema or schema.get(INT_OR_STRING):
        return
    told = [text.format(f"{schema[word]:,}") for word, text in _RANGES if schema.get(word)]
    if told:
        yield f"({', '.join(told)})"


def _refused(schema: Schema, place: str) -> Iterator[str]:
    for rule in schema.get(VALIDATIONS, ()):
        yield f"`{place}`: {rule['message']}" if place else rule["message"]
    for name, inner in properties(schema).items():
        yield from _refused(inner, f"{place}.{name}" if place else name)
    inside = schema.get("items") or values(schema)
    if isinstance(inside, Mapping):
        yield from _refused(inside, f"{place}[]")


def _escaped(text: str) -> str:
    return text.strip().replace("|", "\\|").replace("*", "\\*").replace("<", "\\<")
