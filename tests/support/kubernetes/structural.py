"""Structural schemas as the product reads them, for the server."""

from __future__ import annotations

from collections.abc import Sequence

from support.kinds.admission import formed, wrong
from support.kubernetes.objects.json_value import Json, Value
from support.kubernetes.objects.refusal import Cause
from support.kubernetes.writes.schemas import Formed
from zester.resources.kubernetes.structural.lint.rules import rule_problems
from zester.resources.kubernetes.structural.lint.shape import shape_problems

KEPT = "x-kubernetes-preserve-unknown-fields"
REMEMBERED = 16384


class StructuralSchemas:
    """The port's real side; a part (spec, status) that it formed not long ago is left as it is.

    Metadata is none of a schema's business: it has no schema but the one of all kinds.
    """

    def __init__(self) -> None:
        self._parts: dict[int, tuple[Value, Json]] = {}
        """By number of a part, which is held so that no other gets it: the part, its schema."""

    def formed(self, schema: Json, thing: Json) -> Formed:
        known = schema.get("properties", {})
        kept = {
            name: part
            for name, part in thing.items()
            if name == "metadata" or self._is_formed(part, known.get(name))
        }
        others = {name: part for name, part in known.items() if name not in kept}
        rest = {name: part for name, part in thing.items() if name not in kept}
        found = formed({**schema, "properties": others}, rest)
        for name, part in found.value.items():
            if name in others and isinstance(part, dict | list):
                self._remember(part, others[name])
        return Formed({**kept, **found.value}, found.unknown)

    def _is_formed(self, part: Value, schema: Json | None) -> bool:
        _, by = self._parts.get(id(part), (None, None))
        return by is not None and by is schema

    def _remember(self, part: Value, schema: Json) -> None:
        self._parts[id(part)] = (part, schema)
        if len(self._parts) > REMEMBERED:
            del self._parts[next(iter(self._parts))]

    def wrong(self, schema: Json, thing: Json, old: Json | None) -> Sequence[Cause]:
        return [
            Cause(str(cause.reason), cause.field, cause.message)
            for cause in wrong(_of_changes(schema, thing, old), thing, old)
        ]

    def faults(self, schema: Json) -> Sequence[Cause]:
        told = [*shape_problems(schema, "self"), *rule_problems(schema, "self")]
        return [Cause("FieldValueInvalid", "", each) for each in told]


def _of_changes(schema: Json, thing: Json, old: Json | None) -> Json:
    """Return what a schema says of parts that changed: what stays was looked at before."""
    if old is None:
        return schema
    known = {
        name: {"type": part["type"], KEPT: True}
        if "type" in part and name in thing and thing[name] == old.get(name)
        else part
        for name, part in schema.get("properties", {}).items()
    }
    return {**schema, "properties": known}
