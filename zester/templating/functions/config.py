"""``config.get``."""

from __future__ import annotations

from collections.abc import Mapping

from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester.templating.merging import merge as merged
from zester.templating.scope import Scope


def get(
    scope: Scope,
    key: str,
    default: Value = "",
    delimiter: str = ":",
    merge: str | None = None,
    omit_opts: bool = False,
    omit_pillar: bool = False,
    omit_master: bool = False,
    omit_grains: bool = False,
) -> Value:
    """Look in options, facts and settings, in this order; with ``merge`` lay them over each other
    (``recurse``, or ``overwrite`` for the first level only)."""
    places: list[Mapping[str, Value]] = []
    if not omit_opts:
        places.append(scope.opts)
    if not omit_grains:
        places.append(scope.facts)
    if not omit_pillar:
        places.append(scope.settings)
    values = [lookup(place, key, MISSING, delimiter=delimiter) for place in places]
    found = [value for value in values if value is not MISSING]
    if not found:
        return default
    if merge is None or not isinstance(found[0], Mapping):
        return found[0]
    result: Value = {}
    for value in reversed([value for value in found if isinstance(value, Mapping)]):
        result = {**result, **value} if merge == "overwrite" else merged(result, value)
    return result
