"""``filter_by``: the entry of a table that fits a value."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from zester.targeting.value import Value
from zester.templating.merging import faithful_copy, update


def choose(table: Mapping[Value, Value], values: Value) -> Value:
    """Return the first entry whose key, a glob, matches the value or one of a list of values."""
    for value in values if isinstance(values, list) else [values]:
        for pattern, entry in table.items():
            if fnmatchcase(str(value), str(pattern)):
                if entry is not None:
                    return entry
                break
    return None


def lay_over(under: Value, chosen: Value, merge: Value) -> Value:
    """Return the chosen entry over ``under``, then ``merge`` over both.

    Without ``under`` the entry itself is changed, as in Salt. Raises TypeError when what should
    be merged is no mapping.
    """
    if under is not None:
        if chosen is None:
            chosen = under
        elif isinstance(under, Mapping):
            if not isinstance(chosen, Mapping):
                raise TypeError("filter_by: the default and the chosen entry must be mappings")
            chosen = update(faithful_copy(under), chosen)
    if not merge:
        return chosen
    if not isinstance(merge, Mapping):
        raise TypeError("filter_by: merge must be a mapping")
    return merge if chosen is None else update(chosen, faithful_copy(merge))
