"""Rules (CEL) of a schema, evaluated as an API server does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import cel

from zester.resources.kubernetes.structural.cause import Cause, CauseReason, child, item
from zester.resources.kubernetes.structural.schema import (
    CONTAINERS,
    LIST_MAP_KEYS,
    LIST_TYPE,
    MAP_TYPE,
    VALIDATIONS,
    Schema,
    properties,
    values,
)

NOTHING: Any = None
"""There was no such value before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one rule, known by its message: kept without a cause, broken with one."""

    rule: str
    cause: Cause | None = None


def broken_rules(schema: Schema, value: Any, old: Any = NOTHING) -> tuple[Cause, ...]:  # noqa: ANN401 - JSON
    """Return a cause for each rule that a value breaks which replaces ``old``.

    Rules with ``oldSelf`` are only evaluated where there was something. Elements of lists had
    something before them in lists that are maps, under the same keys.
    """
    return tuple(told.cause for told in verdicts(schema, value, old) if told.cause)


def verdicts(schema: Schema, value: Any, old: Any = NOTHING) -> tuple[Verdict, ...]:  # noqa: ANN401 - JSON
    """Return what became of each rule that was evaluated."""
    return tuple(_visit(schema, value, old, ""))


def _visit(schema: Schema, value: Any, old: Any, field: str) -> Iterator[Verdict]:  # noqa: ANN401 - JSON
    if value is None:
        return
    for rule in schema.get(VALIDATIONS, ()):
        yield from _evaluated(rule, value, old, field)
    if isinstance(value, dict):
        known, rest = properties(schema), values(schema)
        before = old if isinstance(old, dict) and schema.get(MAP_TYPE) != "atomic" else {}
        for name, each in value.items():
            if name in known:
                if isinstance(each, CONTAINERS) or VALIDATIONS in known[name]:
                    yield from _visit(known[name], each, before.get(name), child(field, name))
            elif rest is not None:
                yield from _visit(rest, each, before.get(name), item(field, name))
    elif isinstance(value, list) and "items" in schema:
        earlier = _by_keys(schema, old)
        for at, each in enumerate(value):
            was = earlier.get(_keys(schema, each))
            yield from _visit(schema["items"], each, was, item(field, at))


def _by_keys(schema: Schema, old: Any) -> dict[tuple[Any, ...], Any]:  # noqa: ANN401 - JSON
    if schema.get(LIST_TYPE) != "map" or not isinstance(old, list):
        return {}
    return {_keys(schema, each): each for each in old}


def _keys(schema: Schema, element: Any) -> tuple[Any, ...]:  # noqa: ANN401 - JSON
    if not isinstance(element, dict):
        return ()
    return tuple(element.get(key) for key in schema.get(LIST_MAP_KEYS, ()))


def _evaluated(
    rule: Mapping[str, Any],
    value: Any,  # noqa: ANN401 - JSON
    old: Any,  # noqa: ANN401 - JSON
    field: str,
) -> Iterator[Verdict]:
    text = rule["rule"]
    program = _compiled(text)
    if old is NOTHING and "oldSelf" in program.variables():
        return
    try:
        kept = program.execute({"self": value, "oldSelf": old})
        told = rule.get("message") or f"failed rule: {text}"
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        kept, told = False, f"{error} evaluating rule: {text}"
    reason = CauseReason(rule.get("reason", CauseReason.INVALID))
    yield Verdict(
        rule.get("message", text),
        None if kept is True else Cause(reason, field, f"Invalid value: {told}"),
    )


@cache
def _compiled(text: str) -> cel.Program:
    return cel.compile(text)
