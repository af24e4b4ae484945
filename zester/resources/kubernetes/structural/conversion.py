"""From a pydantic model to a schema that Kubernetes takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from zester.errors import NotStructural
from zester.resources.kubernetes.structural.schema import (
    INT_OR_STRING,
    KEYWORDS,
    LIST_TYPE,
    PRESERVE,
    VALIDATIONS,
)

_DROPPED = frozenset({"title", "$defs", "$ref", "const", "uniqueItems"})
_BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}
_PREFIX = "#/$defs/"

Node = dict[str, Any]


def structural_schema(model: type[BaseModel]) -> Node:
    """Return the schema of a model; raises NotStructural that names the field that has none."""
    whole = model.model_json_schema(by_alias=True, mode="validation")
    return _Conversion(whole.get("$defs", {})).node(whole, model.__name__, ())


class _Conversion:
    def __init__(self, definitions: Mapping[str, Node]) -> None:
        self._definitions = definitions

    def node(self, raw: Node, place: str, within: tuple[str, ...]) -> Node:
        raw, within = self._inlined(raw, place, within)
        raw = self._without_null(raw, place)
        raw, within = self._inlined(raw, place, within)
        found = {name: value for name, value in raw.items() if name not in _DROPPED}
        _constants(raw, found)
        _bounds(found)
        if raw.get("uniqueItems"):
            found.setdefault(LIST_TYPE, "set")
        self._object(found, place, within)
        self._list(found, place, within)
        _free_form(found)
        if "description" in found:
            found["description"] = " ".join(found["description"].replace("``", "").split())
        strange = sorted(set(found) - set(KEYWORDS))
        if strange:
            raise NotStructural(f"{place}: Kubernetes refuses {', '.join(strange)}")
        return {name: found[name] for name in KEYWORDS if name in found}

    def _inlined(
        self, raw: Node, place: str, within: tuple[str, ...]
    ) -> tuple[Node, tuple[str, ...]]:
        while "$ref" in raw:
            name = raw["$ref"].removeprefix(_PREFIX)
            if name in within:
                raise NotStructural(f"{place}: {name} holds itself, which has no schema")
            within = (*within, name)
            target = self._definitions[name]
            beside = {key: value for key, value in raw.items() if key != "$ref"}
            rules = [*target.get(VALIDATIONS, ()), *beside.get(VALIDATIONS, ())]
            raw = {**target, **beside, **({VALIDATIONS: rules} if rules else {})}
        return raw, within

    def _without_null(self, raw: Node, place: str) -> Node:
        """Make what may be None a field that need not be there."""
        if "anyOf" not in raw or raw.get(INT_OR_STRING):
            return raw
        choices = [each for each in raw["anyOf"] if each != {"type": "null"}]
        if len(choices) != 1 or len(choices) == len(raw["anyOf"]):
            raise NotStructural(
                f"{place}: a choice of types is not structural",
                hint="use one type, IntOrPercent or a free-form value",
            )
        if raw.get("default", "none") is not None:
            raise NotStructural(f"{place}: may be None, but None is not its default")
        beside = {key: value for key, value in raw.items() if key not in ("anyOf", "default")}
        return {**choices[0], **beside}

    def _object(self, found: Node, place: str, within: tuple[str, ...]) -> None:
        if "properties" in found:
            if isinstance(found.get("additionalProperties"), Mapping):
                raise NotStructural(f"{place}: has both named fields and others")
            if found.pop("additionalProperties", False):
                found[PRESERVE] = True
            found["properties"] = {
                name: self.node(each, f"{place}.{name}", within)
                for name, each in found["properties"].items()
            }
        elif isinstance(found.get("additionalProperties"), Mapping):
            inner = found["additionalProperties"]
            found["additionalProperties"] = self.node(inner, f"{place}[]", within)
        elif found.get("type") == "object":
            found.pop("additionalProperties", None)
            found[PRESERVE] = True

    def _list(self, found: Node, place: str, within: tuple[str, ...]) -> None:
        if found.get("type") != "array":
            return
        if "items" not in found:
            raise NotStructural(f"{place}: a list without a type of its elements")
        found["items"] = self.node(found["items"], f"{place}[]", within)


def _constants(raw: Node, found: Node) -> None:
    if "const" in raw:
        found["enum"] = [raw["const"]]


def _bounds(found: Node) -> None:
    for exclusive, plain in _BOUNDS.items():
        bound = found.get(exclusive)
        if bound is not None and not isinstance(bound, bool):
            found[plain], found[exclusive] = bound, True


def _free_form(found: Node) -> None:
    shapes = {"type", INT_OR_STRING, "properties", "enum"}
    if not shapes & set(found):
        found[PRESERVE] = True
