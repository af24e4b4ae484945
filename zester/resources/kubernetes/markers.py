"""What a schema for Kubernetes says that pydantic has no word for."""

from __future__ import annotations

from typing import Any

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

from zester.dataclass import dataclass
from zester.resources.kubernetes.structural.schema import LIST_MAP_KEYS, LIST_TYPE, VALIDATIONS


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition in CEL that servers check; ``self`` is the value, ``oldSelf`` the one before.

    A rule with ``oldSelf`` is only looked at where there was a value before.
    """

    rule: str
    message: str

    def written(self) -> dict[str, str]:
        return {"rule": self.rule, "message": self.message}

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler(core)
        return {**schema, VALIDATIONS: [*schema.get(VALIDATIONS, ()), self.written()]}


@dataclass(frozen=True, slots=True)
class ListSet:
    """No element is there twice; two writers may each own some."""

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(core), LIST_TYPE: "set"}


@dataclass(frozen=True, slots=True)
class ListMap:
    """Elements are known by the value of a field, no two have the same."""

    key: str

    def __get_pydantic_json_schema__(
        self, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(core), LIST_TYPE: "map", LIST_MAP_KEYS: [self.key]}


def immutable(what: str) -> Rule:
    """Return the rule for a field that is always there and keeps its first value."""
    return Rule("self == oldSelf", f"{what} cannot be changed")


def one_way(what: str) -> Rule:
    """Return the rule for a switch that stays on."""
    return Rule("self || !oldSelf", f"{what} cannot be taken back")
