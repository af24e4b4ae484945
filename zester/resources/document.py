"""What every stored document has in common: a frozen model and one canonical JSON form."""

from __future__ import annotations

import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from zester.errors import InvalidDocument

_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


class Document(BaseModel):
    """A frozen value that crosses processes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def encode(self) -> bytes:
        """Return the canonical JSON: sorted keys, no spaces, UTF-8, defaults left out."""
        return canonical_json(self.model_dump(mode="json", exclude_defaults=True))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Parse bytes; raises InvalidDocument that names the first wrong field."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InvalidDocument(
                f"not a {cls.__name__.lower()}: {place + ': ' if place else ''}{first['msg']}"
            ) from error


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the one byte form of a JSON value; equal values give equal bytes."""
    return _ENCODER.encode(value).encode()
