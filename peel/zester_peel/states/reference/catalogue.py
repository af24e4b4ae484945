"""The state functions and their parameters, for those who may not import them."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from zester_peel.engine.program import Registry


def catalogue(registry: Registry) -> dict[str, str]:
    """Return every function with every spelling of its parameters, as words of one text."""
    return {
        function: " ".join(
            sorted(word for words in spellings(state.spec).values() for word in words)
        )
        for function, state in sorted(registry.items())
    }


def spellings(spec: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """Return each field's names as state files may write them."""
    return {field: _names(field, info) for field, info in spec.model_fields.items()}


def _names(field: str, info: FieldInfo) -> tuple[str, ...]:
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (str(alias or field),)
