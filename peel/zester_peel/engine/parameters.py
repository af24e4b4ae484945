"""From what a state file says to a state's spec."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import AliasChoices, BaseModel, ValidationError
from pydantic_core import ErrorDetails

from zester.errors import ParameterError
from zester_peel.engine.suggestion import suggest

SpecT = TypeVar("SpecT", bound=BaseModel)


def read_spec(
    function: str, spec: type[BaseModel], name: str, args: Mapping[str, Any]
) -> BaseModel:
    """Return the validated parameters; raises ParameterError naming every one that is wrong.

    An alias of ``name`` among the parameters (``path``) wins over the chunk's own name.
    """
    aliases = _accepted(spec)
    given = dict(args)
    if not any(given.get(alias) is not None for alias in aliases.get("name", ())):
        given["name"] = name
    else:
        given.pop("name", None)
    try:
        return slim(spec.model_validate(given))
    except ValidationError as error:
        problems = [_problem(each, aliases) for each in error.errors(include_url=False)]
        raise ParameterError(
            f"{function}: {'; '.join(problems)}",
            hint=f"{function} takes {', '.join(sorted(_all_names(aliases)))}",
        ) from error


def slim(spec: SpecT) -> SpecT:
    """Return a spec after having it share with others the set that says which fields were given.

    That set takes as much as all else of a spec; frozen models never change it.
    """
    given = spec.model_fields_set
    object.__setattr__(spec, "__pydantic_fields_set__", _shared(frozenset(given)))
    return spec


@lru_cache(maxsize=256)
def _shared(names: frozenset[str]) -> set[str]:
    return set(names)


def accepted_names(spec: type[BaseModel]) -> frozenset[str]:
    """Return every name that state files may use for a parameter."""
    return _names(spec)


@lru_cache(maxsize=256)
def _names(spec: type[BaseModel]) -> frozenset[str]:
    return frozenset(_all_names(_accepted(spec)))


@lru_cache(maxsize=256)
def _accepted(spec: type[BaseModel]) -> Mapping[str, tuple[str, ...]]:
    """Return each field's names as state files may write them."""
    names: dict[str, tuple[str, ...]] = {}
    for field, info in spec.model_fields.items():
        alias = info.validation_alias
        if isinstance(alias, AliasChoices):
            names[field] = tuple(str(choice) for choice in alias.choices)
        else:
            names[field] = (str(alias or field),)
    return names


def _all_names(aliases: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [name for names in aliases.values() for name in names]


def _problem(error: ErrorDetails, aliases: Mapping[str, tuple[str, ...]]) -> str:
    where = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        for names in aliases.values():
            if where in names:
                return f"{' and '.join(names)} mean the same: give one of them"
        return f"unknown parameter {where!r}{suggest(where, _all_names(aliases))}"
    if error["type"] == "missing":
        return f"parameter {where!r} is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    return f"parameter {where!r}: {message}" if where else message
