"""What every piece of an object in Kubernetes has in common."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from zester.resources.kubernetes.markers import Rule
from zester.resources.kubernetes.structural.schema import VALIDATIONS


class Part(BaseModel):
    """A frozen value, written in camelCase; ``rules`` hold for the whole of it."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        alias_generator=to_camel,
        populate_by_name=True,
    )

    rules: ClassVar[tuple[Rule, ...]] = ()

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = handler(core)
        target = handler.resolve_ref_schema(schema)
        if cls.rules and VALIDATIONS not in target:
            target[VALIDATIONS] = [rule.written() for rule in cls.rules]
        return schema

    def written(self) -> dict[str, Any]:
        """Return the JSON that goes to the server, without fields that are None."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class StatusPart(Part):
    """A piece of a status: a newer master may have written more than this one knows."""

    model_config = ConfigDict(extra="ignore")
