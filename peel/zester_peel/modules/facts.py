"""``facts.…``, also called ``grains.…``: what the peel knows of its machine."""

from __future__ import annotations

from typing import Any

from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester_peel.modules.calling.call import Call


async def get(call: Call, key: str, default: Value = "", delimiter: str = ":") -> Value:
    """Answer a fact by its path, such as ``os.family`` or ``network:ipv4``."""
    return lookup(_facts(call), key, default, delimiter=delimiter)


async def has_value(call: Call, key: str) -> bool:
    """Answer whether a fact is there and not empty."""
    return bool(lookup(_facts(call), key, None))


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


def _facts(call: Call) -> dict[str, Any]:
    return dict(call.around.facts)
