"""What an API server does to an object before it stores it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from support.kinds.rules import broken_rules
from zester.resources.kubernetes.structural.cause import Cause, CauseReason
from zester.resources.kubernetes.structural.defaulting import defaulted
from zester.resources.kubernetes.structural.pruning import pruned
from zester.resources.kubernetes.structural.schema import Schema
from zester.resources.kubernetes.structural.validation import violations

Body = dict[str, Any]

WHOLE = "<nil>"
"""How servers name the place that is the object itself."""


@dataclass(frozen=True, slots=True)
class Formed:
    """An object as it would be stored; ``unknown`` fields were dropped."""

    value: Body
    unknown: tuple[str, ...]


def formed(schema: Schema, body: Body) -> Formed:
    """Drop what the schema does not know, fill in defaults."""
    told = pruned(schema, defaulted(schema, body))
    return Formed(told.value, told.unknown)


def wrong(schema: Schema, body: Body, old: Body | None = None) -> tuple[Cause, ...]:
    """Return everything that is wrong with an object that was formed."""
    found = violations(schema, body)
    if any(cause.reason.blocks_rules for cause in found):
        more = "some rules were not checked because the object is not what they are about"
        return (*found, Cause(CauseReason.INVALID, WHOLE, more))
    broken = broken_rules(schema, body, old)
    return (*found, *(replace(cause, field=cause.field or WHOLE) for cause in broken))
