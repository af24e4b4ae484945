"""Structural schemas as the product reads them, for the server."""

from __future__ import annotations

from collections.abc import Sequence

from support.kinds.admission import formed, wrong
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.refusal import Cause
from support.kubernetes.writes.schemas import Formed
from zester.resources.kubernetes.structural.lint.rules import rule_problems
from zester.resources.kubernetes.structural.lint.shape import shape_problems

KEPT = "x-kubernetes-preserve-unknown-fields"


class StructuralSchemas:
    """The port's real side."""

    def formed(self, schema: Json, thing: Json) -> Formed:
        found = formed(schema, thing)
        return Formed(found.value, found.unknown)

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
