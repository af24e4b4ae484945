"""RFC 6902."""

from __future__ import annotations

import copy
import re

from support.kubernetes.objects.json_value import Value

_INDEX = re.compile(r"0|[1-9][0-9]*")


class PatchFailed(Exception):
    """An operation does not fit the document, or its test failed."""


def json_patched(document: Value, operations: list[Value]) -> Value:
    """Return a copy with all operations done in order; raises PatchFailed when one fails."""
    found = copy.deepcopy(document)
    for operation in operations:
        found = _done(found, operation)
    return found


def _done(document: Value, operation: Value) -> Value:
    if not isinstance(operation, dict):
        raise PatchFailed(f"{operation!r} is no operation")
    what, path = operation.get("op"), _parts(operation.get("path"))
    if what == "test":
        if _get(document, path) != operation.get("value"):
            raise PatchFailed(f"testing value {operation['path']} failed")
        return document
    if what == "add":
        return _add(document, path, copy.deepcopy(operation.get("value")))
    if what == "remove":
        return _remove(document, path)
    if what == "replace":
        _get(document, path)
        if not path:
            return copy.deepcopy(operation.get("value"))
        return _set(document, path, copy.deepcopy(operation.get("value")))
    if what in ("move", "copy"):
        source = _parts(operation.get("from"))
        value = copy.deepcopy(_get(document, source))
        return _add(_remove(document, source) if what == "move" else document, path, value)
    raise PatchFailed(f"unexpected kind: {what}")


def _parts(pointer: Value) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise PatchFailed(f"{pointer!r} is no path")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _get(document: Value, path: list[str]) -> Value:
    for part in path:
        if isinstance(document, dict) and part in document:
            document = document[part]
        elif isinstance(document, list):
            document = document[_index(part, len(document) - 1)]
        else:
            raise PatchFailed(f"missing key: {part}")
    return document


def _add(document: Value, path: list[str], value: Value) -> Value:
    if not path:
        return value
    holder, last = _get(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        holder.insert(len(holder) if last == "-" else _index(last, len(holder)), value)
        return document
    return _set(document, path, value)


def _set(document: Value, path: list[str], value: Value) -> Value:
    holder, last = _get(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        holder[_index(last, len(holder) - 1)] = value
    elif isinstance(holder, dict):
        holder[last] = value
    else:
        raise PatchFailed(f"missing path: {last}")
    return document


def _remove(document: Value, path: list[str]) -> Value:
    if not path:
        return None
    holder, last = _get(document, path[:-1]), path[-1]
    if isinstance(holder, list):
        del holder[_index(last, len(holder) - 1)]
    elif isinstance(holder, dict) and last in holder:
        del holder[last]
    else:
        raise PatchFailed(f"unable to remove nonexistent key: {last}")
    return document


def _index(part: str, most: int) -> int:
    if not _INDEX.fullmatch(part) or int(part) > most:
        raise PatchFailed(f"invalid index: {part}")
    return int(part)
