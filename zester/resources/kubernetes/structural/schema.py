"""The words of a structural schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
"""One node of an ``openAPIV3Schema``."""

VALIDATIONS = "x-kubernetes-validations"
LIST_TYPE = "x-kubernetes-list-type"
LIST_MAP_KEYS = "x-kubernetes-list-map-keys"
MAP_TYPE = "x-kubernetes-map-type"
INT_OR_STRING = "x-kubernetes-int-or-string"
PRESERVE = "x-kubernetes-preserve-unknown-fields"
EMBEDDED = "x-kubernetes-embedded-resource"

KEYWORDS = (
    "description",
    "type",
    "format",
    "nullable",
    "default",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "exclusiveMinimum",
    "maximum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "required",
    "properties",
    "items",
    "additionalProperties",
    LIST_TYPE,
    LIST_MAP_KEYS,
    MAP_TYPE,
    INT_OR_STRING,
    PRESERVE,
    EMBEDDED,
    VALIDATIONS,
)
"""What we write and read, in the order in which we write it."""

FORMATS = frozenset({"int32", "int64", "date-time"})
"""Formats that mean something to every server; others are silently not checked."""

CONTAINERS = (dict, list)
"""Values that hold others: most are none, and need no visit."""

OBJECT_FIELDS = frozenset({"apiVersion", "kind", "metadata"})
"""What every object has, whatever its schema says."""


def properties(schema: Schema) -> Mapping[str, Schema]:
    """Return the named fields of an object."""
    found: Mapping[str, Schema] = schema.get("properties", {})
    return found


def values(schema: Schema) -> Schema | None:
    """Return the schema of a map's values, None when it is not a map."""
    found = schema.get("additionalProperties")
    return found if isinstance(found, dict) else None
