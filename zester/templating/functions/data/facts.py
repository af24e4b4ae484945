"""``grains.get``, ``grains.filter_by`` and relatives."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester.templating.functions.data.choice import choose, lay_over
from zester.templating.merging import plain_copy
from zester.templating.scope import Scope


def get(
    scope: Scope, key: Value, default: Value = "", delimiter: str = ":", ordered: bool = True
) -> Value:
    """Return a fact."""
    return lookup(scope.facts, key, default, delimiter=delimiter)


fetch = get


def item(
    scope: Scope, *keys: str, default: Value = "", delimiter: str = ":", **options: Value
) -> dict[str, Value]:
    """Return the named facts, the default for those that do not exist."""
    return {key: lookup(scope.facts, key, default, delimiter=delimiter) for key in keys}


def items(scope: Scope, sanitize: bool = False) -> dict[str, Value]:
    """Return all facts."""
    return dict(scope.facts)


def ls(scope: Scope) -> list[str]:
    """Return the names of all facts, sorted."""
    return sorted(scope.facts)


def has_value(scope: Scope, key: Value) -> bool:
    """Return whether a fact exists, whatever its value."""
    return lookup(scope.facts, key, MISSING) is not MISSING


def equals(scope: Scope, key: Value, value: Value) -> bool:
    """Return whether a fact reads as the value does."""
    return str(value) == str(get(scope, key))


def filter_by(
    scope: Scope,
    lookup_dict: Mapping[Value, Value],
    grain: str = "os_family",
    merge: Value = None,
    default: Value = "default",
    base: Value = None,
) -> Value:
    """Pick the entry whose key matches the fact, over entry ``base`` and under ``merge``."""
    chosen = choose(lookup_dict, lookup(scope.facts, grain, []))
    if chosen is None:
        chosen = lookup_dict.get(default)
    under = lookup_dict[base] if base and base in lookup_dict else None
    return lay_over(under, chosen, merge)


def filter_by_positional(
    scope: Scope,
    lookup_dict: Mapping[Value, Value],
    grain: str | None = None,
    merge: Value = None,
    base: Value = None,
    default: Value = "default",
) -> Value:
    """``grains_filter_by``: its own argument order, ``base`` a mapping or the name of an entry.

    Without a fact's name both spellings of the family count: ``debian`` and ``Debian``.
    The table stays as it is.
    """
    chosen = None
    for name in (grain,) if grain else ("os.family", "os_family"):
        chosen = choose(lookup_dict, lookup(scope.facts, name, []))
        if chosen is not None:
            break
    if chosen is None:
        chosen = lookup_dict.get(default)
    if isinstance(base, str):
        base = lookup_dict.get(base)
    return plain_copy(lay_over(base, plain_copy(chosen), merge))
