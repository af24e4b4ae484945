"""How one settings file is laid over those before it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from zester.compiler.options import CompileOptions
from zester.targeting.value import Value
from zester.templating.merging import merge, plain_copy

Settings = dict[str, Value]


def merge_settings(
    under: Mapping[str, Value], over: Mapping[str, Value], options: CompileOptions
) -> Settings:
    """Return both as one; neither is changed.

    ``smart``, ``recurse`` and ``none`` let mappings recurse and replace all else; ``overwrite``
    and ``aggregate`` replace whole topmost keys; ``list`` appends what stands under a topmost key
    twice: lists are joined, any two other values become a list.
    """
    if options.settings_merge in ("overwrite", "aggregate"):
        return {**plain_copy(under), **plain_copy(over)}
    if options.settings_merge == "list":
        merged: Settings = plain_copy(under)
        for key, value in over.items():
            added = plain_copy(value)
            merged[key] = _listed(merged[key]) + _listed(added) if key in merged else added
        return merged
    lists = options.merge_lists and options.settings_merge != "none"
    both: Settings = merge(under, over, merge_lists=lists)
    return both


def as_wished(options: CompileOptions, wishes: Collection[str]) -> CompileOptions:
    """Return how a file is laid over those before it that asks for something itself."""
    if "overwrite" in wishes:
        return replace(options, settings_merge="overwrite")
    if "list" in wishes:
        return replace(options, settings_merge="recurse", merge_lists=True)
    return options


def _listed(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]
