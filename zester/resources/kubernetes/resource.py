"""An object of one of our kinds, as a cluster keeps it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError

from zester.errors import InvalidDocument
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.kubernetes.parts.object_meta import ObjectMeta
from zester.resources.kubernetes.parts.part import Part


class CustomResource(Part):
    """What all kinds have; each adds its ``kind``, ``spec`` and ``status``."""

    api_version: Annotated[str, Field(pattern=f"^{re.escape(API_VERSION)}$")] = API_VERSION
    metadata: ObjectMeta

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Parse an object; raises InvalidDocument that names the first wrong field.

        The message never tells the value: it may be a secret.
        """
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise InvalidDocument(
                f"not a {cls.__name__}: {place + ': ' if place else ''}{first['msg']}"
            ) from None  # the first error holds the whole object, and with it its secrets
