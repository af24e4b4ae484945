"""Copying and merging of settings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping, MutableMapping

from zester.targeting.os_fact import OsFact
from zester.targeting.value import Value

_PLAIN = frozenset((str, int, float, bool, type(None)))


def plain_copy(value: Value) -> Value:
    """Return a copy that shares no mapping and no list with the original, nor inside itself."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, OrderedDict):
        return OrderedDict((key, plain_copy(item)) for key, item in value.items())
    if isinstance(value, dict | Mapping):
        return {key: plain_copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_copy(item) for item in value]
    if isinstance(value, OsFact):
        return OsFact(str(value), plain_copy(value.parts))
    return value


def faithful_copy(value: Value) -> Value:
    """Return a copy in which two places hold the same list or mapping where the original's do."""
    return _copied(value, {})


def _copied(value: Value, known: dict[int, tuple[Value, Value]]) -> Value:
    """``known``: identity → original (which keeps it alive) and copy."""
    if type(value) in _PLAIN:
        return value
    if id(value) in known:
        return known[id(value)][1]
    if isinstance(value, dict | Mapping):
        mapping: dict[Value, Value] = OrderedDict() if isinstance(value, OrderedDict) else {}
        known[id(value)] = value, mapping
        for key, item in value.items():
            mapping[key] = _copied(item, known)
        return mapping
    if isinstance(value, list):
        items: list[Value] = []
        known[id(value)] = value, items
        items.extend(_copied(item, known) for item in value)
        return items
    if isinstance(value, OsFact):
        return OsFact(str(value), plain_copy(value.parts))
    return value


def in_order(value: Value) -> Value:
    """Return a copy whose mappings keep their order where YAML is written, as in Salt settings."""
    if isinstance(value, Mapping):
        return OrderedDict((key, in_order(item)) for key, item in value.items())
    if isinstance(value, list):
        return [in_order(item) for item in value]
    return plain_copy(value)


def merge(under: Value, over: Value, *, merge_lists: bool = False) -> Value:
    """Return ``under`` with ``over`` on top: mappings recurse, all else is replaced.

    With ``merge_lists`` the items of a list that are not there yet are appended instead.
    """
    if isinstance(under, Mapping) and isinstance(over, Mapping):
        merged: dict[Value, Value] = plain_copy(under)
        for key, value in over.items():
            if key in under:
                merged[key] = merge(under[key], value, merge_lists=merge_lists)
            else:
                merged[key] = plain_copy(value)
        return merged
    if merge_lists and isinstance(under, list) and isinstance(over, list):
        return joined(under, over)
    return plain_copy(over)


def update(
    dest: Value, over: Value, *, recursive: bool = True, merge_lists: bool = False
) -> MutableMapping[Value, Value]:
    """Lay ``over`` on ``dest`` as ``merge`` does, in place, and return ``dest``.

    Values of ``over`` are shared, not copied. Raises TypeError when either is not a mapping.
    """
    if not isinstance(dest, MutableMapping) or not isinstance(over, Mapping):
        raise TypeError("only a mapping can be laid over a mapping")
    for key, value in list(over.items()):
        below = dest.get(key) if recursive else None
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            update(below, value, merge_lists=merge_lists)
        elif merge_lists and isinstance(below, list) and isinstance(value, list):
            dest[key] = joined(below, value)
        else:
            dest[key] = value
    return dest


def joined(first: list[Value], second: list[Value]) -> list[Value]:
    """Return copies of the items of two lists, those of the second that are not there yet."""
    result: list[Value] = plain_copy(first)
    known = {item for item in first if isinstance(item, Hashable)}
    others = [item for item in first if not isinstance(item, Hashable)]
    for item in second:
        if isinstance(item, Hashable):
            if item in known:
                continue
            known.add(item)
        elif item in others:
            continue
        else:
            others.append(item)
        result.append(plain_copy(item))
    return result
