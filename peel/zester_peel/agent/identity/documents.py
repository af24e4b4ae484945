"""The small files of an identity."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from zester.errors import InvalidToken, SettingsError
from zester.resources.document import Document
from zester.resources.ids import Name, Node
from zester.trust.address import secure_urls
from zester.trust.nkeys import KeyKind, decode_public

How = Literal["token", "key", "first-use"]
"""How an operator's key was pinned: from a join token, by hand, or because it was the first."""


class Being(Document):
    """File ``peel.json``: what this machine is called, what it follows, where it asks."""

    id: Node
    env: Name
    url: Annotated[tuple[str, ...], Field(min_length=1, max_length=32)]

    @field_validator("url")
    @classmethod
    def _secure(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return secure_urls(value)
        except SettingsError as error:
            raise ValueError(error.message) from error


class Pin(Document):
    """File ``pin.json``: the operator this machine believes, and since when and why.

    ``authorities`` are the certificates to believe of a server until a trust bundle tells better
    ones; None = any, for a connection on which nothing is secret and everything is signed.
    """

    operator: str
    how: How
    at: int
    authorities: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)] | None = None

    @field_validator("operator")
    @classmethod
    def _operator(cls, value: str) -> str:
        try:
            decode_public(value, KeyKind.OPERATOR)
        except InvalidToken as error:
            raise ValueError(error.message) from error
        return value


class Passes(Document):
    """File ``tokens.json``: the token of the peel, and the one with which it may ask again."""

    peel: str
    entry: str
