"""How requisites are written, and what each spelling points at."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Iterable, Mapping

from zester.compiler.high.declaration import Call
from zester.compiler.lowstate import Target
from zester.errors import CompileError
from zester.targeting.value import Value

LISTS = frozenset(
    (
        *("require", "require_any", "watch", "watch_any", "onchanges", "onchanges_any"),
        *("onfail", "onfail_any", "onfail_all", "prereq", "prerequired", "listen"),
    )
)
"""Requisites that hold a list, and grow when they are extended."""

_STRING = re.compile(r"([A-Za-z_]\w*)\.[A-Za-z_]\w*:(.+)", re.DOTALL)


def entry(item: Value, ids: Collection[str]) -> list[tuple[str, Value]] | None:
    """Return the ``(module, target)`` pairs of one item of a requisite, None for no requisite.

    The module is empty for a bare id. Functions are cut off: ``pkg.installed`` counts as ``pkg``.
    """
    if isinstance(item, str):
        match = None if item in ids else _STRING.fullmatch(item)
        return [("", item)] if match is None else [(match[1], match[2])]
    if not isinstance(item, Mapping) or not item:
        return None
    pairs = []
    for key, target in item.items():
        if not isinstance(key, str) or not isinstance(target, Hashable):
            return None
        module = key.partition(".")[0]
        pairs.append(("" if module == "id" else module, target))
    return pairs


def targets(items: Iterable[Value], ids: Collection[str]) -> tuple[Target, ...]:
    """Return what the items of a requisite point at, without doubles and items that are none."""
    found: dict[Target, None] = {}
    for item in items:
        for module, target in entry(item, ids) or ():
            if target is not None:
                found[module, str(target)] = None
    return tuple(found)


def verify(call: Call, ids: Collection[str]) -> None:
    """Raise CompileError for requisites that are no lists of targets, and ``names`` for no list."""
    for arg in call.args:
        key, value = next(iter(arg.items()))
        if key == "names" and not isinstance(value, list):
            raise CompileError(
                "names must be a list", at=call.at, hint="write '- names:' and below it '- name'"
            )
        if key not in LISTS:
            continue
        if not isinstance(value, list):
            raise CompileError(
                f"{key!r} of {call.function} must be a list",
                at=call.at,
                hint=f"write '- {key}:' and below it '- state: id'",
            )
        if len(arg) > 1:
            others = ", ".join(repr(other) for other in list(arg)[1:])
            raise CompileError(
                f"{key!r} of {call.function} stands in one item with {others}",
                at=call.at,
                hint="begin each argument with a dash of its own",
            )
        for item in value:
            if entry(item, ids) is None:
                raise CompileError(
                    f"{item!r} in {key!r} of {call.function} is no requisite",
                    at=call.at,
                    hint="write '- state: id', '- sls: file' or '- id'",
                )
