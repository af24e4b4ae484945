"""Key paths such as ``nginx:sites:0`` or ``os.family``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zester.targeting.os_fact import OsFact
from zester.targeting.value import Value

MISSING: Value = object()
"""What ``lookup`` is given as default by callers that must tell None from nothing."""


def lookup(data: Value, path: str, default: Value = None, *, delimiter: str = ":") -> Value:
    """Return the value at a path: the exact key first, then split at colons, then also at dots.

    A step into a list is an index, or a key of the first mapping in the list that has it.
    """
    if isinstance(data, Mapping) and path in data:
        return data[path]
    if delimiter and delimiter in path:
        found = _walk(data, path.split(delimiter))
        if found is not MISSING:
            return found
    if "." in path:
        steps = path.replace(delimiter, ".") if delimiter else path
        found = _walk(data, steps.split("."))
        if found is not MISSING:
            return found
    return default


def _walk(data: Value, steps: Sequence[str]) -> Value:
    for step in steps:
        if isinstance(data, Mapping):
            data = data.get(step, MISSING)
        elif isinstance(data, OsFact):
            data = data.parts.get(step, MISSING)
        elif isinstance(data, list | tuple):
            data = _step_into_list(data, step)
        else:
            return MISSING
        if data is MISSING:
            return MISSING
    return data


def _step_into_list(items: Sequence[Value], step: str) -> Value:
    for item in items:
        if isinstance(item, Mapping) and step in item:
            return item[step]
    if step.isascii() and step.removeprefix("-").isdigit():
        index = int(step)
        if -len(items) <= index < len(items):
            return items[index]
    return MISSING
