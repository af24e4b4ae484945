"""``settings.…``, also called ``pillar.…``: what the tree gives this peel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zester.errors import StateError
from zester.targeting.paths import MISSING, lookup
from zester.targeting.value import Value
from zester_peel.modules.calling.call import Call


async def get(
    call: Call, key: str, default: Value = "", merge: bool = False, delimiter: str = ":"
) -> Value:
    """Answer a setting by its path; with ``merge`` laid over a mapping given as default."""
    found = lookup(await _settings(call), key, MISSING, delimiter=delimiter)
    if found is MISSING:
        return default
    if merge and isinstance(found, Mapping) and isinstance(default, Mapping):
        return {**default, **found}
    return found


async def item(call: Call, *keys: str) -> dict[str, Any]:
    """Answer the named settings that there are."""
    settings = await _settings(call)
    found = {key: lookup(settings, key, MISSING) for key in keys}
    return {key: value for key, value in found.items() if value is not MISSING}


async def items(call: Call, *keys: str) -> dict[str, Any]:
    """Answer all settings, or the named ones."""
    return await item(call, *keys) if keys else dict(await _settings(call))


async def ls(call: Call) -> list[str]:
    """Answer the topmost names of the settings."""
    return sorted(map(str, await _settings(call)))


async def keys(call: Call, key: str, delimiter: str = ":") -> list[str]:
    """Answer the names below a setting that is a mapping."""
    found = lookup(await _settings(call), key, MISSING, delimiter=delimiter)
    if not isinstance(found, Mapping):
        raise StateError(f"setting {key!r} is no mapping")
    return sorted(map(str, found))


async def _settings(call: Call) -> Mapping[str, Any]:
    return (await call.around.view()).settings
