"""``pillar.get`` and relatives."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester.templating.functions.data.choice import choose, lay_over
from zester.templating.merging import joined
from zester.templating.merging import merge as merged
from zester.templating.scope import Scope


def get(
    scope: Scope,
    key: Value,
    default: Value = "",
    merge: bool = False,
    merge_nested_lists: bool | None = None,
    delimiter: str = ":",
    pillarenv: str | None = None,
    saltenv: str | None = None,
    unmask: bool | None = None,
) -> Value:
    """Return a setting; with ``merge`` a mapping or list is laid over the default."""
    if merge and isinstance(default, Mapping):
        value = lookup(scope.settings, key, {}, delimiter=delimiter)
        if isinstance(value, Mapping):
            return merged(default, value, merge_lists=bool(merge_nested_lists))
    elif merge and isinstance(default, list):
        value = lookup(scope.settings, key, [], delimiter=delimiter)
        if isinstance(value, list):
            return joined(default, value)
    return lookup(scope.settings, key, default, delimiter=delimiter)


fetch = get


def item(
    scope: Scope, *keys: str, default: Value = None, delimiter: str | None = None, **options: Value
) -> dict[str, Value]:
    """Return the named settings, the default (or empty text) for those that do not exist."""
    fallback = "" if default is None else default
    return {key: lookup(scope.settings, key, fallback, delimiter=delimiter or ":") for key in keys}


def items(scope: Scope, *keys: str, **options: Value) -> dict[str, Value]:
    """Return all settings, or the named ones."""
    return item(scope, *keys) if keys else dict(scope.settings)


data = items


def ls(scope: Scope, *keys: str, **options: Value) -> list[str]:
    """Return the names of the topmost settings."""
    return list(items(scope, *keys))


def raw(scope: Scope, key: str | None = None, unmask: bool | None = None) -> Value:
    """Return all settings, or one topmost setting."""
    return scope.settings.get(key, {}) if key else dict(scope.settings)


def keys(scope: Scope, key: Value, delimiter: str = ":", unmask: bool | None = None) -> list[Value]:
    """Return the keys of a mapping; raises KeyError or ValueError when it is none."""
    value = lookup(scope.settings, key, MISSING, delimiter=delimiter)
    if value is MISSING:
        raise ValueError(f"pillar.keys: there is no setting {key!r}")
    if not isinstance(value, Mapping):
        raise ValueError(f"pillar.keys: the setting {key!r} is not a mapping")
    return list(value)


def obfuscate(scope: Scope, *keys: str, **options: Value) -> Value:
    """Return settings with every value replaced by the name of its type."""
    return _obfuscated(items(scope, *keys))


def filter_by(
    scope: Scope,
    lookup_dict: Mapping[Value, Value],
    pillar: str,
    merge: Value = None,
    default: Value = "default",
    base: Value = None,
) -> Value:
    """Pick the entry whose key matches the setting, over entry ``base`` and under ``merge``."""
    chosen = choose(lookup_dict, lookup(scope.settings, pillar, []))
    if chosen is None:
        chosen = lookup_dict.get(default)
    under = lookup_dict[base] if base and base in lookup_dict else None
    return lay_over(under, chosen, merge)


def _obfuscated(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {key: _obfuscated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_obfuscated(item) for item in value]
    return f"<{type(value).__name__}>"
