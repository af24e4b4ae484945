"""The text of a join token: everything a new machine has to know, as one word."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, ValidationError, field_validator

from zester.errors import InvalidToken, Untrusted
from zester.resources.document import Document
from zester.resources.ids import Name
from zester.trust.fields import OperatorKey
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tokens import decode_part, encode_part

LONGEST = 64 * 1024


class Invitation(Document):
    """What ``zester enroll token create`` prints; whoever has it may enrol as the token allows.

    ``operator`` is the public key to pin, ``ca`` the PEM certificates of the servers at ``url``,
    ``id`` names the stored token, ``seed`` is its private key.
    """

    url: Annotated[tuple[str, ...], Field(min_length=1, max_length=32)]
    env: Name
    operator: OperatorKey
    ca: Annotated[tuple[str, ...], Field(min_length=1, max_length=8)]
    id: Annotated[str, Field(min_length=1, max_length=64)]
    seed: Annotated[str, Field(repr=False)]

    @field_validator("seed")
    @classmethod
    def _seed(cls, value: str) -> str:
        try:
            key = KeyPair.from_seed(value)
        except InvalidToken as error:
            raise ValueError(error.message) from error
        if key.kind is not KeyKind.USER:
            raise ValueError("not a user's seed")
        return value

    def __str__(self) -> str:
        return f"Invitation({self.id})"

    def text(self) -> str:
        """Return the one word; it holds the private key."""
        return encode_part(self.encode())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the word; raises InvalidToken that repeats nothing of it."""
        word = "".join(text.split())
        if len(word) > LONGEST:
            raise InvalidToken("not a join token: it is too long")
        try:
            return cls.model_validate_json(decode_part(word))
        except (Untrusted, ValidationError):
            # From nothing: the cause would repeat the private key.
            raise InvalidToken(
                "not a join token", hint="copy the whole word that `zester enroll token` printed"
            ) from None
