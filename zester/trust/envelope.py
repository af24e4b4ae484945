"""Signed documents: what was said, by whom, for which place, until when.

An envelope is a JSON object of four texts: ``signed`` (the header, itself JSON), ``payload``,
``signature`` (over both, as the bytes they are) and ``signer`` (the token that vouches for the
signer's key). Texts inside texts need no canonical form: what was signed is what is compared.
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zester.dataclass import dataclass
from zester.errors import BadSignature, InvalidToken, Unsigned
from zester.trust.nkeys import KeyPair, verify
from zester.trust.tokens import decode_part, encode_part

_CONTEXT = b"zester-signed-1\n"

_KEPT, _SMALL = 16, 16 * 1024
"""How many envelopes are kept that were found good, and how many bytes one may have for that."""


class Header(BaseModel):
    """What a signature is about. ``place`` is ``<bucket>.<key>``; times in Unix seconds.

    ``by`` is the signer's public key, ``env`` the environment the document is for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    v: int = Field(ge=1, le=1)
    env: str = Field(min_length=1, max_length=64)
    place: str = Field(min_length=1, max_length=1100)
    iat: int = Field(gt=0, lt=2**53)
    exp: int | None = Field(default=None, gt=0, lt=2**53)
    by: str = Field(min_length=56, max_length=56)


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    signed: str = Field(max_length=4096)
    payload: str
    signature: str = Field(max_length=100)
    signer: str = Field(default="", max_length=8192)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope whose signature is that of ``header.by``; who that is, is still to be judged."""

    header: Header
    payload: bytes
    signer: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one environment: a key and the token that vouches for it."""

    key: KeyPair
    token: str
    env: str

    def sign(
        self, place: str, payload: bytes, *, expires: float | None = None, now: float | None = None
    ) -> bytes:
        """Return the envelope of a UTF-8 ``payload`` for one place."""
        header: dict[str, Any] = {
            "v": 1,
            "env": self.env,
            "place": place,
            "iat": int(time.time() if now is None else now),
            "by": self.key.public,
        }
        if expires is not None:
            header["exp"] = int(expires)
        signed = _dump(header)
        signature = self.key.sign(_CONTEXT + signed.encode() + b"\n" + payload)
        return _dump(
            {
                "signed": signed,
                "payload": payload.decode(),
                "signature": encode_part(signature),
                "signer": self.token,
            }
        ).encode()


def read_envelope(data: bytes) -> Envelope:
    """Check an envelope's form and signature; raises Unsigned, InvalidToken, BadSignature.

    Neither depends on anything but the bytes: the same ones, told again, are not checked again.
    """
    return _read_again(data) if len(data) <= _SMALL else _read(data)


@lru_cache(maxsize=_KEPT)
def _read_again(data: bytes) -> Envelope:
    return _read(data)


def _read(data: bytes) -> Envelope:
    try:
        wire = _Wire.model_validate_json(data)
    except ValidationError as error:
        if _unsigned(data):
            raise Unsigned("there is no signature") from error
        raise InvalidToken("not an envelope") from error
    try:
        header = Header.model_validate_json(wire.signed)
    except ValidationError as error:
        raise InvalidToken("not an envelope: its header cannot be read") from error
    payload = wire.payload.encode("utf-8", "surrogatepass")
    signed = _CONTEXT + wire.signed.encode("utf-8", "surrogatepass") + b"\n" + payload
    if not verify(header.by, signed, decode_part(wire.signature)):
        raise BadSignature(f"{header.place}: the signature is not that of {header.by}")
    return Envelope(header, payload, wire.signer)


def _unsigned(data: bytes) -> bool:
    """Whether this is a JSON object that does not even claim to be signed."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and not value.get("signature")


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
