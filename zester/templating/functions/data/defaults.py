"""``defaults.merge`` and relatives."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping

from zester.errors import RenderError
from zester.targeting.paths import lookup
from zester.targeting.value import Value
from zester.templating.documents.document import load
from zester.templating.merging import faithful_copy
from zester.templating.merging import update as laid_over
from zester.templating.scope import Scope


def get(scope: Scope, key: str, default: Value = "") -> Value:
    """Return ``defaults.yaml`` (or ``.json``) of a formula, or the value at a path in it."""
    formula, _, path = key.partition(":")
    found = _load(scope, formula)
    return lookup(found, path, default) if path else found


def merge(
    scope: Scope,
    dest: Value,
    src: Value,
    merge_lists: bool = False,
    in_place: bool = True,
    convert_none: bool = True,
) -> Value:
    """Lay ``src`` over ``dest``, which is changed unless ``in_place`` is false."""
    if src is None and convert_none:
        src = {}
    if dest is None and convert_none:
        if in_place:
            raise TypeError("defaults.merge: nothing can be merged into none in place")
        dest = {}
    return laid_over(dest if in_place else faithful_copy(dest), src, merge_lists=merge_lists)


def update(
    scope: Scope,
    dest: Value,
    defaults: Value,
    merge_lists: bool = True,
    in_place: bool = True,
    convert_none: bool = True,
) -> Value:
    """Lay each value of ``dest`` over the same defaults."""
    if dest is None:
        if in_place:
            raise TypeError("defaults.update: none cannot be updated in place")
        dest = {} if convert_none else dest
    if not isinstance(dest, MutableMapping):
        raise TypeError("defaults.update: what is updated must be a mapping")
    nodes = dest if in_place else faithful_copy(dest)
    if defaults is None and convert_none:
        defaults = {}
    for name, values in list(nodes.items()):
        over = {} if values is None and convert_none else values
        nodes[name] = laid_over(faithful_copy(defaults), over, merge_lists=merge_lists)
    return nodes


def deepcopy(scope: Scope, source: Value) -> Value:
    """Return a copy that shares nothing with its original."""
    return faithful_copy(source)


def _load(scope: Scope, formula: str) -> Mapping[str, Value] | None:
    place = scope.place
    text = place.text(f"{formula}/defaults.yaml")
    if text is not None:
        data: Mapping[str, Value] = faithful_copy(
            load(text, f"{place.root}{formula}/defaults.yaml").data
        )
        return data or {}
    text = place.text(f"{formula}/defaults.json")
    if text is None:
        return None
    try:
        return json.loads(text) or {}
    except ValueError as error:
        raise RenderError(f"{formula}/defaults.json is not JSON: {error}") from error
