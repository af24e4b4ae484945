"""``environ.*``: the variables of this process."""

from __future__ import annotations

import os
from collections.abc import Iterable

from zester.targeting.value import Value


def get(key: Value, default: Value = "") -> Value:
    return os.environ.get(key, default) if isinstance(key, str) else False


def has_value(key: Value, value: Value = None) -> bool:
    """Return whether a variable is set, to a value when one is given."""
    if not isinstance(key, str) or key not in os.environ:
        return False
    return value is None or os.environ[key] == value


def item(keys: str | Iterable[str], default: Value = "") -> dict[str, Value]:
    """Return the named variables."""
    names = [keys] if isinstance(keys, str) else keys
    return {name: os.environ.get(name, default) for name in names}
