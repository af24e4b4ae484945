"""What objects are made of: JSON, as ``json.loads`` gives it."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

from pydantic_core import PydanticSerializationError, from_json, to_json

Value: TypeAlias = Any
Json: TypeAlias = dict[str, Any]

CONTAINERS = (dict, list)
"""Values that hold others."""


def parsed(data: bytes) -> Value:
    """Read JSON as ``json.loads`` does; raises ValueError."""
    try:
        return from_json(data)
    except ValueError:  # or not Unicode, or not UTF-8, which the standard library reads
        return json.loads(data)


def encoded(value: Value) -> bytes:
    """Return a value as JSON."""
    try:
        return to_json(value)
    except PydanticSerializationError:  # half a character, which a client may have written as \\u…
        return json.dumps(value).encode()
