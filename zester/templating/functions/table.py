"""Every function the language itself offers to templates."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial

from zester.targeting.value import Value
from zester.templating.functions import config, facts, path, settings
from zester.templating.functions.log import at_level
from zester.templating.scope import Scope

FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "config.get": config.get,
    "facts.filter_by": facts.filter_by,
    "facts.get": facts.get,
    "facts.has_value": facts.has_value,
    "facts.item": facts.item,
    "facts.items": facts.items,
    "file.basename": path.basename,
    "file.dirname": path.dirname,
    "file.join": path.join,
    "grains.filter_by": facts.filter_by,
    "grains.get": facts.get,
    "grains.has_value": facts.has_value,
    "grains.item": facts.item,
    "grains.items": facts.items,
    "log.critical": at_level(logging.CRITICAL),
    "log.debug": at_level(logging.DEBUG),
    "log.error": at_level(logging.ERROR),
    "log.info": at_level(logging.INFO),
    "log.warning": at_level(logging.WARNING),
    "pillar.get": settings.get,
    "pillar.items": settings.items,
    "settings.get": settings.get,
    "settings.items": settings.items,
}
"""``salt['name'](…)``; the first parameter is the Scope."""

GLOBALS: Mapping[str, Callable[..., Value]] = {
    "facts_get": facts.get,
    "file_dirname": path.dirname,
    "grains_filter_by": facts.filter_by_positional,
    "pillar_get": settings.get,
    "settings_get": settings.get,
}
"""Functions templates call by their own name; the first parameter is the Scope."""


def bound(
    table: Mapping[str, Callable[..., Value]], scope: Scope
) -> dict[str, Callable[..., Value]]:
    """Return a table's functions without their first parameter."""
    return {name: _Bound(partial(function, scope)) for name, function in table.items()}


class _Bound:
    """Hides the function and its scope from the sandbox."""

    __slots__ = ("_call",)

    def __init__(self, call: Callable[..., Value]) -> None:
        self._call = call

    def __call__(self, *args: Value, **kwargs: Value) -> Value:
        return self._call(*args, **kwargs)
