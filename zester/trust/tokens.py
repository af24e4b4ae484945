"""JSON web tokens as NATS uses them: who issued what to whom, until when.

``base64url(header).base64url(claims).base64url(signature)`` with the header
``{"typ":"JWT","alg":"ed25519-nkey"}``; the issuer's nkey signs the first two parts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import BadSignature, InvalidToken
from zester.trust.nkeys import KeyPair, public_kind, verify

MAX_TOKEN = 1024 * 1024
"""Longest token in bytes: an account with 10,000 revocations is 935 KB."""

_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


@dataclass(frozen=True, slots=True)
class Token:
    """The checked claims of a token; times in Unix seconds, ``expires`` None = never.

    ``nats`` is the part that the server reads; ``text`` the token itself.
    """

    issuer: str
    subject: str
    name: str
    issued: int
    expires: int | None
    nats: Mapping[str, Any]
    text: str

    @property
    def kind(self) -> str:
        """``operator``, ``account`` or ``user``."""
        return str(self.nats.get("type", ""))


def mint(
    issuer: KeyPair,
    subject: str,
    name: str,
    nats: Mapping[str, Any],
    *,
    expires: float | None = None,
    now: float | None = None,
) -> str:
    """Return a signed token for the public key ``subject``; ``nats`` needs a ``type``."""
    public_kind(subject)
    claims: dict[str, Any] = {
        "iat": int(time.time() if now is None else now),
        "iss": issuer.public,
        "name": name,
        "sub": subject,
        "nats": {"version": 2, **nats},
    }
    if expires is not None:
        claims["exp"] = int(expires)
    digest = hashlib.sha256(_json(claims)).digest()
    claims["jti"] = base64.b32encode(digest).decode().rstrip("=")
    body = f"{encode_part(_json(_HEADER))}.{encode_part(_json(claims))}"
    return f"{body}.{encode_part(issuer.sign(body.encode()))}"


def read_token(text: str) -> Token:
    """Check a token's form and its issuer's signature, and return its claims.

    Who the issuer is and whether the time is right is for the caller to judge. Raises InvalidToken,
    BadSignature.
    """
    if not isinstance(text, str) or len(text) > MAX_TOKEN or not text.isascii():
        raise InvalidToken("not a token")
    parts = text.split(".")
    if len(parts) != 3:
        raise InvalidToken("not a token: it has not three parts")
    if _object(parts[0]) != _HEADER:
        raise InvalidToken("not a token: its algorithm is not ed25519-nkey")
    claims = _object(parts[1])
    issuer, subject, name = (_text(claims, key) for key in ("iss", "sub", "name"))
    public_kind(subject)
    nats = claims.get("nats")
    if not isinstance(nats, dict) or nats.get("version") != 2:
        raise InvalidToken("not a token of NATS version 2")
    issued = _time(claims, "iat")
    expires = _time(claims, "exp") if claims.get("exp") else None
    if not verify(issuer, f"{parts[0]}.{parts[1]}".encode(), decode_part(parts[2])):
        raise BadSignature(f"the token of {name[:80]!r} is not signed by its issuer")
    return Token(issuer, subject, name, issued, expires, nats, text)


def encode_part(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decode_part(text: str) -> bytes:
    """Read base64url without padding; only the one canonical text; raises InvalidToken."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidToken("not a token: a part is not base64url") from error
    if encode_part(data) != text:
        raise InvalidToken("not a token: a part is not canonical base64url")
    return data


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _object(part: str) -> dict[str, Any]:
    try:
        value = json.loads(decode_part(part))
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not a token: a part is not JSON") from error
    if not isinstance(value, dict):
        raise InvalidToken("not a token: a part is not a JSON object")
    return value


def _text(claims: Mapping[str, Any], key: str) -> str:
    value = claims.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"not a token: {key} is missing")
    return value


def _time(claims: Mapping[str, Any], key: str) -> int:
    value = claims.get(key)
    if type(value) is not int or not 0 < value < 2**53:
        raise InvalidToken(f"not a token: {key} is not a time")
    return value
