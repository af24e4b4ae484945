"""``config.get`` and relatives."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester.templating.merging import merge as merged
from zester.templating.scope import Scope

_PROTOCOLS = frozenset(("salt", "zester", "file", "http", "https", "ftp", "s3", "swift"))


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
    (``recurse``, or ``overwrite`` for topmost keys as wholes, whatever is omitted)."""
    if merge == "overwrite":
        layers: list[Value] = list(_places(scope))
        layers = [layer for layer in _places(scope) if isinstance(layer, dict)]
        return lookup(ChainMap(*layers), key, default, delimiter=delimiter)
    if merge is not None:
        values = [lookup(place, key, MISSING, delimiter=delimiter) for place in _places(scope)]
        return _recursed([value for value in values if value is not MISSING], default)
    for place in _places(scope, omit_opts, omit_grains, omit_pillar, omit_master):
        value = lookup(place, key, MISSING, delimiter=delimiter)
        if value is not MISSING:
            return value
    return default


def option(
    scope: Scope,
    value: str,
    default: Value = None,
    omit_opts: bool = False,
    omit_grains: bool = False,
    omit_pillar: bool = False,
    omit_master: bool = False,
    omit_all: bool = False,
    wildcard: bool = False,
) -> Value:
    """Return a topmost option, fact or setting; with ``wildcard`` all whose names match."""
    omitted = [omit_all or omit for omit in (omit_opts, omit_grains, omit_pillar, omit_master)]
    places = list(_places(scope, *omitted))
    if not wildcard:
        for place in places:
            if value in place:
                return place[value]
        return "" if default is None else default
    found: dict[str, Value] = {}
    for place in reversed(places):
        found.update({name: place[name] for name in place if fnmatchcase(name, value)})
    return found or ({} if default is None else default)


def merge(
    scope: Scope,
    value: str,
    default: Value = "",
    omit_opts: bool = False,
    omit_master: bool = False,
    omit_pillar: bool = False,
) -> Value:
    """Return a topmost key of options and settings: mappings laid over each other, lists joined."""
    result: Value = None
    for place in _places(scope, omit_opts, True, omit_pillar, omit_master):
        below = place.get(value)
        if result is None:
            result = below
            if isinstance(result, str):
                return result
        elif isinstance(result, Mapping) and isinstance(below, Mapping):
            result = {**below, **result}
        elif isinstance(result, list | tuple) and isinstance(below, list | tuple):
            result = [*result, *below]
    return default if result is None else result


def items(scope: Scope) -> Value:
    """Return all options."""
    return scope.opts


def dot_vals(scope: Scope, value: str) -> dict[str, Value]:
    """Return the options whose names start with a word and a dot."""
    return {key: item for key, item in scope.opts.items() if key.startswith(f"{value}.")}


def manage_mode(scope: Scope, mode: Value) -> str | None:
    """Return a file mode as text of four digits."""
    if mode is None:
        return None
    text = str(mode).strip('"').strip("'").replace("0o", "0", 1)
    return text.lstrip("0").zfill(4)


def valid_fileproto(scope: Scope, uri: str) -> bool:
    """Return whether files can be fetched from a URL like this."""
    return uri.partition("://")[0] in _PROTOCOLS and "://" in uri


def _places(
    scope: Scope,
    omit_opts: bool = False,
    omit_grains: bool = False,
    omit_pillar: bool = False,
    omit_master: bool = False,
) -> Iterator[Mapping[str, Value]]:
    if not omit_opts:
        yield scope.opts
    if not omit_grains:
        yield scope.facts
    if not omit_pillar:
        yield scope.settings
    if not omit_master:
        master = scope.settings.get("master")
        if isinstance(master, Mapping):
            yield master


def _recursed(values: list[Value], default: Value) -> Value:
    """Lay the first value over the second, and so on."""
    if not values:
        return default
    result = values[-1]
    for value in reversed(values[:-1]):
        result = merged(result, value)
    return result
