"""Data that only a passphrase opens: argon2id makes the key, a NaCl secret box holds the data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox
from nacl.utils import random
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zester.dataclass import dataclass
from zester.errors import CannotOpen, InvalidToken, SettingsError
from zester.trust.tokens import decode_part, encode_part

SHORTEST = 8
"""Characters of the shortest passphrase that is taken."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess of the passphrase costs: passes, and bytes of memory."""

    passes: int
    memory: int


GUARDED = Cost(argon2id.OPSLIMIT_MODERATE, argon2id.MEMLIMIT_MODERATE)
"""About a second and 256 MiB."""

QUICK = Cost(argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)
"""For a passphrase that is as random as a key."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    zester_vault: Literal[1]
    kdf: Literal["argon2id"]
    passes: Annotated[int, Field(ge=argon2id.OPSLIMIT_MIN, le=16)]
    memory: Annotated[int, Field(ge=argon2id.MEMLIMIT_MIN, le=2**30)]
    salt: Annotated[str, Field(max_length=64)]
    box: str


@dataclass(frozen=True, slots=True)
class Vault:
    """A passphrase that was turned into a key, to seal again what it opened."""

    cost: Cost
    salt: bytes
    _key: bytes

    @classmethod
    def create(cls, passphrase: str, cost: Cost = GUARDED) -> Self:
        """Make a key of a new passphrase; raises SettingsError when it is too short."""
        if len(passphrase) < SHORTEST:
            raise SettingsError(f"the passphrase has fewer than {SHORTEST} characters")
        salt = random(argon2id.SALTBYTES)
        return cls(cost, salt, _derive(passphrase, salt, cost))

    @classmethod
    def open(cls, text: bytes, passphrase: str) -> tuple[Self, bytes]:
        """Return the key and what was sealed.

        Raises InvalidToken, CannotOpen; neither repeats anything of it.
        """
        try:
            wire = _Wire.model_validate_json(text)
        except ValidationError as error:
            raise InvalidToken("not a file that a passphrase opens") from error
        salt, box = decode_part(wire.salt), decode_part(wire.box)
        if len(salt) != argon2id.SALTBYTES:
            raise InvalidToken("not a file that a passphrase opens: its salt is damaged")
        cost = Cost(wire.passes, wire.memory)
        key = _derive(passphrase, salt, cost)
        try:
            return cls(cost, salt, key), bytes(SecretBox(key).decrypt(box))
        except (CryptoError, ValueError, TypeError) as error:
            raise CannotOpen("the passphrase is wrong, or the file is damaged") from error

    def seal(self, data: bytes) -> bytes:
        """Return the text of a file that the passphrase opens."""
        wire = _Wire(
            zester_vault=1,
            kdf="argon2id",
            passes=self.cost.passes,
            memory=self.cost.memory,
            salt=encode_part(self.salt),
            box=encode_part(bytes(SecretBox(self._key).encrypt(data))),
        )
        return wire.model_dump_json(indent=1).encode() + b"\n"

    def __repr__(self) -> str:
        return "Vault(…)"


def _derive(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return argon2id.kdf(
        SecretBox.KEY_SIZE,
        passphrase.encode("utf-8", "surrogateescape"),
        salt,
        opslimit=cost.passes,
        memlimit=cost.memory,
    )
