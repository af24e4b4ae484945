"""From the arguments of a command to the parameters of an execution function."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from zester.errors import ParameterError
from zester_peel.engine.suggestion import suggest
from zester_peel.modules.calling.call import ExecutionFunction

_LOOSE = ConfigDict(coerce_numbers_to_str=True)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def bind(
    name: str, function: ExecutionFunction, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Return checked arguments without the call itself.

    Raises ParameterError that names every parameter that is unknown, missing or mistyped. What
    begins with two underscores is Salt's own and left out.
    """
    signature, adapters = _shape(function)
    if not (args or kwargs or signature.parameters):
        return inspect.BoundArguments(signature, OrderedDict())
    given = {key: value for key, value in kwargs.items() if not key.startswith("__")}
    problems = _unknown(signature, given)
    if not problems:
        try:
            bound = signature.bind(*args, **given)
        except TypeError as error:
            problems.append(str(error))
        else:
            problems.extend(_convert(bound, signature, adapters))
            if not problems:
                return bound
    raise ParameterError(f"{name}: {'; '.join(problems)}", hint=f"{name}{describe(function)}")


def describe(function: ExecutionFunction) -> str:
    """Return the parameters as they are written in documentation: ``(cmd, cwd=None)``."""
    signature, _ = _shape(function)
    parts = []
    for parameter in signature.parameters.values():
        stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
        plain = parameter.default is parameter.empty
        parts.append(stars + parameter.name + ("" if plain else f"={parameter.default!r}"))
    return f"({', '.join(parts)})"


@lru_cache(maxsize=64)
def _shape(
    function: ExecutionFunction,
) -> tuple[inspect.Signature, Mapping[str, TypeAdapter[Any]]]:
    signature = inspect.signature(function)
    parameters = list(signature.parameters.values())[1:]
    hints = get_type_hints(function, include_extras=True)
    adapters = {
        parameter.name: TypeAdapter(hints[parameter.name], config=_config(hints[parameter.name]))
        for parameter in parameters
        if hints[parameter.name] is not Any
    }
    return signature.replace(parameters=parameters), adapters


def _config(hint: Any) -> ConfigDict | None:  # noqa: ANN401 - a type annotation
    return None if hasattr(hint, "model_config") else _LOOSE


def _unknown(signature: inspect.Signature, given: Mapping[str, Any]) -> list[str]:
    parameters = signature.parameters.values()
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return []
    names = [parameter.name for parameter in parameters if parameter.kind not in _VARIADIC]
    return [f"unknown parameter {key!r}{suggest(key, names)}" for key in given if key not in names]


def _convert(
    bound: inspect.BoundArguments,
    signature: inspect.Signature,
    adapters: Mapping[str, TypeAdapter[Any]],
) -> list[str]:
    problems = []
    for key, value in bound.arguments.items():
        adapter = adapters.get(key)
        if adapter is None or signature.parameters[key].kind in _VARIADIC:
            continue
        try:
            bound.arguments[key] = adapter.validate_python(value)
        except ValidationError as error:
            message = str(error.errors(include_url=False)[0]["msg"]).removeprefix("Value error, ")
            problems.append(f"parameter {key!r}: {message[:1].lower()}{message[1:]}")
    return problems
