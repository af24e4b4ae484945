"""Structural schemas as the product reads them, for the server."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from support.kinds.admission import formed, wrong
from support.kubernetes.objects.json_value import Json, Value, encoded
from support.kubernetes.objects.refusal import Cause
from support.kubernetes.writes.schemas import Formed
from zester.resources.kubernetes.structural.lint.rules import rule_problems
from zester.resources.kubernetes.structural.lint.shape import shape_problems

KEPT = "x-kubernetes-preserve-unknown-fields"
REMEMBERED = 4096


class StructuralSchemas:
    """The port's real side; of a spec that it formed not long ago it knows what came of it.

    Metadata is none of a schema's business: it has no schema but the one of all kinds.
    """

    def __init__(self) -> None:
        self._specs: OrderedDict[bytes, Formed] = OrderedDict()
        self._schemas: dict[int, Json] = {}

    def formed(self, schema: Json, thing: Json) -> Formed:
        metadata = {"metadata": thing["metadata"]}
        thing = {name: part for name, part in thing.items() if name != "metadata"}
        known = schema.get("properties", {})
        if "spec" not in known or "spec" not in thing:
            found = _formed(schema, thing)
            return Formed({**metadata, **found.thing}, found.unknown)
        spec = self._spec(known["spec"], thing["spec"])
        others = {name: part for name, part in known.items() if name != "spec"}
        rest = {name: part for name, part in thing.items() if name != "spec"}
        found = _formed({**schema, "properties": others}, rest)
        return Formed({**metadata, **found.thing, **spec.thing}, (*found.unknown, *spec.unknown))

    def _spec(self, schema: Json, spec: Value) -> Formed:
        self._schemas[id(schema)] = schema  # held, or another could get its number
        key = b"%d %b" % (id(schema), encoded(spec))
        found = self._specs.pop(key, None)
        if found is None:
            alone = {"type": "object", "properties": {"spec": schema}}
            found = _formed(alone, {"spec": spec})
        self._specs[key] = found
        if len(self._specs) > REMEMBERED:
            self._specs.popitem(last=False)
        return found

    def wrong(self, schema: Json, thing: Json, old: Json | None) -> Sequence[Cause]:
        return [
            Cause(str(cause.reason), cause.field, cause.message)
            for cause in wrong(_of_changes(schema, thing, old), thing, old)
        ]

    def faults(self, schema: Json) -> Sequence[Cause]:
        told = [*shape_problems(schema, "self"), *rule_problems(schema, "self")]
        return [Cause("FieldValueInvalid", "", each) for each in told]


def _formed(schema: Json, thing: Json) -> Formed:
    found = formed(schema, thing)
    return Formed(found.value, found.unknown)


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
