"""``grains.get``, ``grains.filter_by`` and relatives."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester.templating.merging import merge as merged
from zester.templating.merging import plain_copy
from zester.templating.scope import Scope


def get(
    scope: Scope, key: str, default: Value = "", delimiter: str = ":", ordered: bool = True
) -> Value:
    """Return a fact."""
    return lookup(scope.facts, key, default, delimiter=delimiter)


def item(scope: Scope, *keys: str, **options: Value) -> dict[str, Value]:
    """Return the named facts that exist."""
    found = {key: lookup(scope.facts, key, MISSING) for key in keys}
    return {key: value for key, value in found.items() if value is not MISSING}


def items(scope: Scope, sanitize: bool = False) -> Value:
    """Return all facts."""
    return scope.facts


def has_value(scope: Scope, key: str) -> bool:
    """Return whether a fact exists and is true."""
    return bool(lookup(scope.facts, key))


def filter_by(
    scope: Scope,
    lookup_dict: Mapping[Value, Value],
    grain: str = "os_family",
    merge: Value = None,
    default: str | None = "default",
    base: str | None = None,
) -> Value:
    """Pick the entry whose key matches the fact, over entry ``base`` and under ``merge``."""
    chosen = _choose(lookup_dict, lookup(scope.facts, grain, []))
    if chosen is None:
        chosen = lookup_dict.get(default)
    if base and base in lookup_dict:
        chosen = _over(lookup_dict[base], chosen, "base")
    return _finish(chosen, merge)


def filter_by_positional(
    scope: Scope,
    lookup_dict: Mapping[Value, Value],
    grain: str | None = None,
    merge: Value = None,
    base: Value = None,
    default: str = "default",
) -> Value:
    """``grains_filter_by``: its own argument order, ``base`` a mapping or the name of an entry.

    Without a fact's name both spellings of the family count: ``debian`` and ``Debian``.
    """
    chosen = None
    for name in (grain,) if grain else ("os.family", "os_family"):
        chosen = _choose(lookup_dict, lookup(scope.facts, name, []))
        if chosen is not None:
            break
    if chosen is None:
        chosen = lookup_dict.get(default)
    if isinstance(base, str):
        base = lookup_dict.get(base)
    if base is not None:
        chosen = _over(base, chosen, "base")
    return _finish(chosen, merge)


def _choose(table: Mapping[Value, Value], values: Value) -> Value:
    for value in values if isinstance(values, list) else [values]:
        for pattern, entry in table.items():
            if fnmatchcase(str(value), str(pattern)):
                return entry
    return None


def _over(under: Value, over: Value, what: str) -> Value:
    if over is None:
        return under
    if isinstance(under, Mapping):
        if not isinstance(over, Mapping):
            raise TypeError(f"filter_by: the chosen entry is not a mapping, so {what} cannot merge")
        return merged(under, over)
    return over


def _finish(chosen: Value, merge: Value) -> Value:
    if not merge:
        return plain_copy(chosen)
    if not isinstance(merge, Mapping):
        raise TypeError("filter_by: merge must be a mapping")
    return plain_copy(merge) if chosen is None else merged(chosen, merge)
