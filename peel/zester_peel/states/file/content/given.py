"""Contents that the state, a setting or a fact gives."""

from __future__ import annotations

from typing import Literal

from zester.errors import StateError
from zester_peel.engine.content import Sources
from zester_peel.states.file.content.managed_spec import ManagedSpec, read_contents


def given_text(spec: ManagedSpec, sources: Sources) -> str | None:
    """Return the text, None when none is given; raises StateError when there is none to be had."""
    text = spec.contents
    if spec.contents_pillar is not None:
        text = _looked_up(spec, sources, "settings", spec.contents_pillar)
    elif spec.contents_grains is not None:
        text = _looked_up(spec, sources, "facts", spec.contents_grains)
    if text is None or spec.contents_newline:
        return text
    return text.rstrip("\n")


def _looked_up(
    spec: ManagedSpec, sources: Sources, kind: Literal["settings", "facts"], keys: tuple[str, ...]
) -> str:
    parts: list[object] = []
    for key in keys:
        value = sources.value(kind, key, delimiter=spec.contents_delimiter)
        parts.extend(value if isinstance(value, list | tuple) else [value])
    try:
        text = read_contents(parts)
    except ValueError as error:
        raise StateError(f"{kind} {', '.join(keys)}: {error}") from error
    if not spec.allow_empty and not text.strip():
        raise StateError(
            f"{kind} {', '.join(keys)} would make {spec.name} empty; allow_empty is false"
        )
    return text
