"""``facts.…``, also called ``grains.…``: what the peel knows of its machine."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from zester.errors import FactError
from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester_peel.modules.calling.call import Call


async def get(call: Call, key: str, default: Value = "", delimiter: str = ":") -> Value:
    """Answer a fact by its path, such as ``os.family`` or ``network:ipv4``."""
    return lookup(_facts(call), key, default, delimiter=delimiter)


async def has_value(call: Call, key: str) -> bool:
    """Answer whether a fact is there and not empty."""
    return bool(lookup(_facts(call), key, None))


async def equals(call: Call, key: str, value: Value) -> bool:
    """Answer whether a fact reads as the value does."""
    return str(value) == str(await get(call, key))


async def item(call: Call, *keys: str) -> dict[str, Any]:
    """Answer the named facts that there are."""
    found = {key: lookup(_facts(call), key, MISSING) for key in keys}
    return {key: value for key, value in found.items() if value is not MISSING}


async def items(call: Call) -> dict[str, Any]:
    """Answer all facts."""
    return dict(_facts(call))


async def ls(call: Call) -> list[str]:
    """Answer the names of all facts."""
    return sorted(_facts(call))


async def set_(
    call: Call, key: str, val: Value, force: bool = False, delimiter: str = ":"
) -> dict[str, Any]:
    """Set a fact of one's own, for good; a list or mapping is replaced only with ``force``.

    It is kept in ``/etc/zester/facts.d`` and published at once.
    """

    def replaced(before: Value) -> Value:
        if isinstance(before, Mapping | list) and before != val and not force:
            kind = "list" if isinstance(before, list) else "mapping"
            raise FactError(f"{key} is a {kind}", hint="force=True replaces it, facts.append adds")
        return val

    return await _keep(call, key, replaced, delimiter)


async def setval(call: Call, key: str, val: Value, destructive: bool = False) -> dict[str, Any]:
    """Set a fact of one's own, whatever it was; with ``destructive``, null removes it."""
    if val is None and destructive:
        return await delkey(call, key)
    return await _keep(call, key, lambda _: val)


async def setvals(call: Call, grains: dict[str, Value]) -> dict[str, Any]:
    """Set several facts of one's own, all or none."""

    def edit(kept: dict[str, Any]) -> None:
        kept.update(copy.deepcopy(grains))

    await call.around.own_facts.change(edit, test=call.test)
    return grains


async def append(
    call: Call, key: str, val: Value, convert: bool = False, delimiter: str = ":"
) -> dict[str, Any]:
    """Add a value, or each of a list, to a fact that is a list, or becomes one by ``convert``."""

    def longer(before: Value) -> Value:
        listed = [] if before is MISSING or before is None else before
        if not isinstance(listed, list):
            if not convert:
                raise FactError(f"{key} is no list", hint="convert=True makes it one")
            listed = [listed]
        return [*listed, *(value for value in _several(val) if value not in listed)]

    return await _keep(call, key, longer, delimiter)


async def remove(call: Call, key: str, val: Value, delimiter: str = ":") -> dict[str, Any]:
    """Take a value, or each of a list, out of a fact that is a list."""

    def shorter(before: Value) -> Value:
        if not isinstance(before, list):
            raise FactError(f"{key} is no list")
        return [value for value in before if value not in _several(val)]

    return await _keep(call, key, shorter, delimiter)


async def delval(call: Call, key: str, destructive: bool = False) -> dict[str, Any]:
    """Empty a fact of one's own; with ``destructive`` it is removed."""
    return await delkey(call, key) if destructive else await _keep(call, key, lambda _: None)


async def delkey(call: Call, key: str) -> dict[str, Any]:
    """Remove a fact of one's own."""

    def edit(kept: dict[str, Any]) -> None:
        *above, last = key.split(":")
        place: Value = kept
        for step in above:
            place = place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict) and last in place:
            del place[last]
        elif lookup(_facts(call), key, MISSING) is not MISSING:
            raise FactError(
                f"{key} was not set by a command",
                hint="the machine, or a file or program in /etc/zester/facts.d, says it",
            )

    await call.around.own_facts.change(edit, test=call.test)
    return {key: None}


async def _keep(
    call: Call, key: str, make: Callable[[Value], Value], delimiter: str = ":"
) -> dict[str, Any]:
    """Keep what ``make`` makes of the fact as it is then; MISSING when there is none."""
    made: Value = None

    def edit(kept: dict[str, Any]) -> None:
        nonlocal made
        made = copy.deepcopy(make(lookup(_facts(call), key, MISSING, delimiter=delimiter)))
        first, *more = key.split(delimiter) if delimiter else [key]
        if more:
            # What a file says beside it stays true: the mapping of the last file is the fact.
            above = copy.deepcopy(kept.get(first, _facts(call).get(first)))
            kept[first] = _laid(above, more, made, key)
        else:
            kept[first] = made

    await call.around.own_facts.change(edit, test=call.test)
    return {key: made}


def _laid(above: Value, steps: list[str], value: Value, key: str) -> dict[str, Any]:
    """Return a mapping with a value below it, steps in between made where there are none."""
    if above is None:
        above = {}
    if not isinstance(above, dict):
        raise FactError(f"{key}: a fact above it is no mapping")
    first, *more = steps
    above[first] = _laid(above.get(first), more, value, key) if more else value
    return above


def _several(val: Value) -> list[Value]:
    return val if isinstance(val, list) else [val]


def _facts(call: Call) -> dict[str, Any]:
    return dict(call.around.facts)
