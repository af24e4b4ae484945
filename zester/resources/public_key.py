"""Public user keys inside documents."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from zester.errors import InvalidToken
from zester.trust.nkeys import KeyKind, decode_public


def _user(value: str) -> str:
    try:
        decode_public(value, KeyKind.USER)
    except InvalidToken as error:
        raise ValueError(error.message) from error
    return value


UserKey = Annotated[str, AfterValidator(_user)]
"""The public nkey of a user (``U…``)."""
