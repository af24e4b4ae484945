"""Whether a schema is structural."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zester.resources.kubernetes.structural.defaulting import defaulted
from zester.resources.kubernetes.structural.pattern import compiled
from zester.resources.kubernetes.structural.pruning import pruned
from zester.resources.kubernetes.structural.schema import (
    EMBEDDED,
    FORMATS,
    INT_OR_STRING,
    KEYWORDS,
    LIST_MAP_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    PRESERVE,
    VALIDATIONS,
    Schema,
    properties,
    values,
)
from zester.resources.kubernetes.structural.validation import violations

_TYPES = frozenset({"string", "integer", "number", "boolean", "array", "object"})
_NOT_INSIDE = (
    "type",
    "default",
    "description",
    "nullable",
    "additionalProperties",
    LIST_TYPE,
    LIST_MAP_KEYS,
    MAP_TYPE,
    INT_OR_STRING,
    PRESERVE,
    EMBEDDED,
    VALIDATIONS,
)
"""What may not stand in a schema below anyOf, oneOf, allOf and not."""


def shape_problems(schema: Schema, place: str) -> Iterator[str]:
    """Tell everything that keeps a schema from being structural."""
    strange = sorted(set(schema) - set(KEYWORDS))
    if strange:
        yield f"{place}: {', '.join(strange)} cannot be used"
        return
    yield from _type(schema, place)
    yield from _bounds(schema, place)
    yield from _junctors(schema, place)
    yield from _lists(schema, place)
    yield from _fields(schema, place)
    yield from _default(schema, place)
    for name, inner in properties(schema).items():
        yield from shape_problems(inner, f"{place}.{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            yield from shape_problems(schema[word], f"{place}[]")


def _type(schema: Schema, place: str) -> Iterator[str]:
    wanted = schema.get("type")
    if wanted is None:
        if not schema.get(INT_OR_STRING) and not schema.get(PRESERVE):
            yield f"{place}: has no type"
    elif not isinstance(wanted, str) or wanted not in _TYPES:
        yield f"{place}: type must be one of {', '.join(sorted(_TYPES))}"
    elif schema.get(INT_OR_STRING):
        yield f"{place}: has a type beside {INT_OR_STRING}"
    if schema.get(INT_OR_STRING) and schema.get(PRESERVE):
        yield f"{place}: {INT_OR_STRING} and {PRESERVE} exclude each other"
    if "format" in schema and schema["format"] not in FORMATS:
        yield f"{place}: format {schema['format']} is not checked by servers"


def _bounds(schema: Schema, place: str) -> Iterator[str]:
    for word in ("exclusiveMinimum", "exclusiveMaximum"):
        if word in schema and not isinstance(schema[word], bool):
            yield f"{place}: {word} must be true or false"
    if "pattern" in schema:
        try:
            compiled(schema["pattern"])
        except ValueError as error:
            yield f"{place}: pattern: {error}"


def _junctors(schema: Schema, place: str) -> Iterator[str]:
    inner = [(word, each) for word in ("anyOf", "oneOf", "allOf") for each in schema.get(word, ())]
    inner += [("not", schema["not"])] if "not" in schema else []
    for word, each in inner:
        if schema.get(INT_OR_STRING) and each in ({"type": "integer"}, {"type": "string"}):
            continue  # the one place where a type may stand there
        yield from _nested(each, f"{place}.{word}")


def _nested(schema: Schema, place: str) -> Iterator[str]:
    refused = [word for word in _NOT_INSIDE if word in schema]
    if refused:
        yield f"{place}: {', '.join(refused)} cannot be used there"
    yield from _junctors(schema, place)
    for name, inner in properties(schema).items():
        yield from _nested(inner, f"{place}.{name}")
    if "items" in schema:
        yield from _nested(schema["items"], f"{place}[]")


def _lists(schema: Schema, place: str) -> Iterator[str]:
    if schema.get("type") == "array" and not isinstance(schema.get("items"), Mapping):
        yield f"{place}: a list without items"
        return
    kind, items = schema.get(LIST_TYPE, "atomic"), schema.get("items", {})
    if kind not in ("atomic", "set", "map"):
        yield f"{place}: {LIST_TYPE} must be atomic, set or map"
    if kind != "atomic" and items.get("nullable"):
        yield f"{place}: elements of a {kind} cannot be null"
    if kind == "set":
        alone = {"object": MAP_TYPE, "array": LIST_TYPE}.get(items.get("type", ""))
        if alone and items.get(alone, "atomic" if alone == LIST_TYPE else "granular") != "atomic":
            yield f"{place}: elements of a set must be scalars or atomic"
    if kind == "map":
        yield from _keys(schema, items, place)


def _keys(schema: Schema, items: Schema, place: str) -> Iterator[str]:
    keys = schema.get(LIST_MAP_KEYS) or ()
    if items.get("type") != "object" or not keys:
        yield f"{place}: a list that is a map needs objects and {LIST_MAP_KEYS}"
        return
    for key in keys:
        inner = properties(items).get(key)
        if inner is None or inner.get("type") in ("object", "array"):
            yield f"{place}: the key {key} is not a scalar field of the elements"
        elif inner.get("nullable"):
            yield f"{place}: the key {key} cannot be null"
        elif key not in items.get("required", ()) and "default" not in inner:
            yield f"{place}: the key {key} must be required or have a default"


def _fields(schema: Schema, place: str) -> Iterator[str]:
    known = properties(schema)
    if known and "additionalProperties" in schema:
        yield f"{place}: properties and additionalProperties exclude each other"
    unknown = sorted(set(schema.get("required", ())) - set(known)) if values(schema) is None else []
    if unknown:
        yield f"{place}: requires {', '.join(unknown)}, which it does not have"


def _default(schema: Schema, place: str) -> Iterator[str]:
    if "default" not in schema:
        return
    value: Any = schema["default"]
    if value is None and not schema.get("nullable"):
        yield f"{place}: the default is null, which the field cannot be"
        return
    told = pruned(schema, value, root=False)
    for name in told.unknown:
        yield f"{place}: the default has {name}, which the field has not"
    for cause in violations(schema, defaulted(schema, told.value)):
        yield f"{place}: the default does not fit: {cause}"
