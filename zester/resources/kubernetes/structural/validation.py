"""Whether an object is what a schema says; rules (CEL) are not looked at here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from zester.resources.kubernetes.structural.cause import Cause, CauseReason, child, item
from zester.resources.kubernetes.structural.pattern import compiled
from zester.resources.kubernetes.structural.schema import (
    INT_OR_STRING,
    LIST_MAP_KEYS,
    LIST_TYPE,
    Schema,
    properties,
    values,
)
from zester.resources.kubernetes.structural.uniqueness import repeated


def violations(schema: Schema, value: Any, field: str = "") -> tuple[Cause, ...]:  # noqa: ANN401 - JSON
    """Return everything that is wrong with a value that was pruned and defaulted already."""
    found: list[Cause] = []
    _value(schema, value, field, found)
    return tuple(found)


def _value(schema: Schema, value: Any, field: str, found: list[Cause]) -> None:  # noqa: ANN401 - JSON
    """Add everything that is wrong with a value to what was found."""
    if value is None:
        if not schema.get("nullable") and ("type" in schema or schema.get(INT_OR_STRING)):
            told = schema.get("type", "integer or string")
            found.append(Cause(CauseReason.TYPE_INVALID, field, f"Invalid value: null, not {told}"))
        return
    wrong = _wrong_type(schema, value)
    if wrong:
        found.append(Cause(CauseReason.TYPE_INVALID, field, wrong))
        return
    if "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        known = ", ".join(f'"{each}"' for each in schema["enum"])
        found.append(
            Cause(CauseReason.NOT_SUPPORTED, field, f"Unsupported value: supported values: {known}")
        )
    if isinstance(value, str):
        _text(schema, value, field, found)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _number(schema, value, field, found)
    elif isinstance(value, list):
        _list(schema, value, field, found)
    elif isinstance(value, dict):
        _object(schema, value, field, found)
    if not _JUNCTORS.isdisjoint(schema):
        _junctors(schema, value, field, found)


def _is_integer(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Tell whether servers take a number for one: 64 bits, or a float that is exact."""
    if isinstance(value, float):
        return value.is_integer() and abs(value) < 2**53
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


_JUNCTORS = frozenset(("allOf", "anyOf", "oneOf", "not"))

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _wrong_type(schema: Schema, value: Any) -> str:  # noqa: ANN401 - JSON
    if schema.get(INT_OR_STRING):
        fits = _TYPES["integer"](value) or isinstance(value, str)
        return "" if fits else "Invalid value: must be an integer or a string"
    wanted = schema.get("type")
    if wanted is None or _TYPES[wanted](value):
        return ""
    return f"Invalid value: must be of type {wanted}"


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - JSON
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _text(schema: Schema, value: str, field: str, found: list[Cause]) -> None:
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least is not None and len(value) < least:
        found.append(
            Cause(CauseReason.INVALID, field, f"Invalid value: must be at least {least} long")
        )
    if most is not None and len(value) > most:
        found.append(
            Cause(CauseReason.TOO_LONG, field, f"Too long: may not be more than {most} bytes")
        )
    pattern = schema.get("pattern")
    if pattern is not None and not compiled(pattern).search(value):
        found.append(Cause(CauseReason.INVALID, field, f"Invalid value: must match '{pattern}'"))
    if schema.get("format") == "date-time" and not _is_time(value):
        found.append(Cause(CauseReason.INVALID, field, "Invalid value: must be of type date-time"))


def _is_time(value: str) -> bool:
    try:
        return "T" in value.upper() and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _number(schema: Schema, value: float, field: str, found: list[Cause]) -> None:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and (value < least or (schema.get("exclusiveMinimum") and value == least)):
        than = "greater than" if schema.get("exclusiveMinimum") else "at least"
        found.append(Cause(CauseReason.INVALID, field, f"Invalid value: must be {than} {least}"))
    if most is not None and (value > most or (schema.get("exclusiveMaximum") and value == most)):
        than = "less than" if schema.get("exclusiveMaximum") else "at most"
        found.append(Cause(CauseReason.INVALID, field, f"Invalid value: must be {than} {most}"))
    step = schema.get("multipleOf")
    if step is not None and value % step:
        found.append(
            Cause(CauseReason.INVALID, field, f"Invalid value: must be a multiple of {step}")
        )


def _list(schema: Schema, value: Sequence[Any], field: str, found: list[Cause]) -> None:
    _count(schema, len(value), field, "Items", found)
    items = schema.get("items")
    if items is not None:
        for at, each in enumerate(value):
            _value(items, each, item(field, at), found)
    for at in repeated(value, schema.get(LIST_TYPE, "atomic"), schema.get(LIST_MAP_KEYS, ())):
        found.append(Cause(CauseReason.DUPLICATE, item(field, at), "Duplicate value"))


def _object(schema: Schema, value: Mapping[str, Any], field: str, found: list[Cause]) -> None:
    _count(schema, len(value), field, "Properties", found)
    for name in schema.get("required", ()):
        if name not in value:
            found.append(Cause(CauseReason.REQUIRED, child(field, name), "Required value"))
    known, rest = properties(schema), values(schema)
    if not known and rest is None:
        return
    for name, each in value.items():
        inner = known.get(name, rest)
        if inner is not None:
            _value(inner, each, child(field, name), found)


def _count(schema: Schema, count: int, field: str, what: str, found: list[Cause]) -> None:
    least, most = schema.get(f"min{what}"), schema.get(f"max{what}")
    if least is not None and count < least:
        found.append(
            Cause(
                CauseReason.INVALID,
                field,
                f"Invalid value: must have at least {least} {what.lower()}",
            )
        )
    if most is not None and count > most:
        found.append(
            Cause(CauseReason.TOO_MANY, field, f"Too many: {count}: must have at most {most} items")
        )


def _junctors(schema: Schema, value: Any, field: str, found: list[Cause]) -> None:  # noqa: ANN401 - JSON
    for inner in schema.get("allOf", ()):
        _value(inner, value, field, found)
    for word, most in (("anyOf", None), ("oneOf", 1)):
        choices = schema.get(word)
        if choices:
            fitting = sum(not violations(each, value) for each in choices)
            if not fitting or (most and fitting > most):
                told = fitting or "none"
                found.append(
                    Cause(
                        CauseReason.INVALID, field, f"Invalid value: {told} of {word}'s schemas fit"
                    )
                )
    refused = schema.get("not")
    if refused is not None and not violations(refused, value):
        found.append(
            Cause(CauseReason.INVALID, field, "Invalid value: must not fit the schema in not")
        )
