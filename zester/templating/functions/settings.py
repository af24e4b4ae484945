"""``pillar.get`` and relatives."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.paths import lookup
from zester.targeting.value import Value
from zester.templating.merging import merge as merged
from zester.templating.merging import plain_copy
from zester.templating.scope import Scope


def get(
    scope: Scope,
    key: str,
    default: Value = "",
    merge: bool = False,
    merge_nested_lists: bool | None = None,
    delimiter: str = ":",
    **options: Value,
) -> Value:
    """Return a setting; with ``merge`` a mapping or list is laid over the default."""
    if merge and isinstance(default, Mapping):
        value = lookup(scope.settings, key, {}, delimiter=delimiter)
        if isinstance(value, Mapping):
            return merged(default, value, merge_lists=bool(merge_nested_lists))
    elif merge and isinstance(default, list):
        value = lookup(scope.settings, key, [], delimiter=delimiter)
        if isinstance(value, list):
            return plain_copy(default) + [item for item in value if item not in default]
    return lookup(scope.settings, key, default, delimiter=delimiter)


def items(scope: Scope, *args: Value, **options: Value) -> Value:
    """Return all settings."""
    return scope.settings
