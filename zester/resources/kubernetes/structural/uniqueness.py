"""Which elements of a list are there twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def repeated(elements: Sequence[Any], kind: str, keys: Sequence[str]) -> tuple[int, ...]:
    """Return the place of the second of each pair that a ``set`` or ``map`` must not have.

    In a ``map`` elements are the same when they have the same values under all ``keys``.
    """
    if len(elements) < 2:
        return ()
    if kind == "set":
        names = [_name(each) for each in elements]
    elif kind == "map" and all(isinstance(each, dict) for each in elements):
        names = [_name({key: each[key] for key in keys if key in each}) for each in elements]
    else:
        return ()
    seen: dict[str, int] = {}
    found = []
    for at, name in enumerate(names):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] == 2:
            found.append(at)
    return tuple(found)


def _name(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, sort_keys=True)
