"""Key paths such as ``nginx:sites:0`` or ``os.family``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from zester.targeting.os_fact import OsFact
from zester.targeting.value import Value

MISSING: Value = object()
"""What ``lookup`` is given as default by callers that must tell None from nothing."""

_INTEGER = re.compile(r"[-+]?\d{1,18}")
_FLOAT = re.compile(r"[-+]?\d{1,18}\.\d{1,18}")
_WORDS: Mapping[str, Value] = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    **dict.fromkeys(("null", "~"), None),
}


def lookup(data: Value, path: Value, default: Value = None, *, delimiter: str = ":") -> Value:
    """Return the value at a path: the exact key first, then split at colons, then also at dots.

    A step into a list is an index, or a key of the first mapping in the list that has it. A step
    that a mapping does not hold as text is tried as the number or truth value it spells. A path
    may also be a number (one step) or a list of steps.
    """
    if not isinstance(path, str):
        found = _walk(data, path if isinstance(path, list | tuple) else [path])
        return default if found is MISSING else found
    if isinstance(data, Mapping) and path in data:
        return data[path]
    found = _walk(data, path.split(delimiter) if delimiter else [path])
    if found is not MISSING:
        return found
    if "." in path:
        steps = path.replace(delimiter, ".") if delimiter else path
        found = _walk(data, steps.split("."))
        if found is not MISSING:
            return found
    return default


def _walk(data: Value, steps: Iterable[Value]) -> Value:
    for step in steps:
        if isinstance(data, Mapping):
            data = _step_into_mapping(data, step)
        elif isinstance(data, OsFact):
            data = data.parts.get(step, MISSING)
        elif isinstance(data, list | tuple):
            data = _step_into_list(data, step)
        else:
            return MISSING
        if data is MISSING:
            return MISSING
    return data


def _step_into_mapping(data: Mapping[Value, Value], step: Value) -> Value:
    try:
        value = data.get(step, MISSING)
    except TypeError:  # a list is no key
        return MISSING
    if value is MISSING and isinstance(step, str):
        spelled = _spelled(step)
        return MISSING if spelled is MISSING else data.get(spelled, MISSING)
    return value


def _spelled(step: str) -> Value:
    if _INTEGER.fullmatch(step):
        return int(step)
    if _FLOAT.fullmatch(step):
        return float(step)
    return _WORDS.get(step.lower(), MISSING)


def _step_into_list(items: Sequence[Value], step: Value) -> Value:
    index = _index(step)
    for item in items:
        if isinstance(item, Mapping):
            key = index if index is not None and index in item else step
            if isinstance(key, str | int) and key in item:
                return item[key]
    if index is not None and -len(items) <= index < len(items):
        return items[index]
    return MISSING


def _index(step: Value) -> int | None:
    if isinstance(step, int):
        return step
    if isinstance(step, str) and step.isascii() and step.removeprefix("-").isdigit():
        return int(step) if len(step) <= 18 else None
    return None
