"""The port to whoever knows what a custom object must look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.refusal import Cause


@dataclass(frozen=True, slots=True)
class Formed:
    """An object as it would be stored; ``unknown`` are the fields that were dropped from it."""

    thing: Json
    unknown: tuple[str, ...]


class Schemas(Protocol):
    """Structural schemas, and the rules in them."""

    def formed(self, schema: Json, thing: Json) -> Formed:
        """Return the object without what the schema does not know, with all defaults."""
        ...

    def wrong(self, schema: Json, thing: Json, old: Json | None) -> Sequence[Cause]:
        """Return everything that is wrong with an object formed so, rules included."""
        ...

    def faults(self, schema: Json) -> Sequence[Cause]:
        """Return why the schema itself cannot be served."""
        ...
