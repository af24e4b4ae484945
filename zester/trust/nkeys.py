"""Ed25519 keys in NATS's own text form (nkeys).

A public key is base32 of a kind byte, 32 bytes and a CRC-16 (little endian); a seed carries two
kind bytes. The text starts with the letter of its kind: ``O`` operator, ``A`` account, ``U`` user,
and ``SO``, ``SA``, ``SU`` for seeds. Source: the nkeys format that nats-server reads.
"""

from __future__ import annotations

import base64
import binascii
import re
from enum import Enum
from typing import Self

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from zester.errors import InvalidToken

_PUBLIC = re.compile(r"[OAU][A-Z2-7]{55}")
_SEED = re.compile(r"S[OAU][A-Z2-7]{56}")
_SEED_BYTE = 18 << 3


class KeyKind(Enum):
    """What a key stands for; the value is the kind byte."""

    OPERATOR = 14 << 3
    ACCOUNT = 0
    USER = 20 << 3


_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")
"""From base32 to the digits of a number to the base of 32, which Python reads quickly."""

_BY_LETTER = {"O": KeyKind.OPERATOR, "A": KeyKind.ACCOUNT, "U": KeyKind.USER}


class KeyPair:
    """A private key; its ``repr`` and ``str`` show the public half only."""

    __slots__ = ("_signing", "kind", "public")

    def __init__(self, kind: KeyKind, secret: bytes) -> None:
        self.kind = kind
        self._signing = SigningKey(secret)
        self.public = encode_public(kind, bytes(self._signing.verify_key))

    @classmethod
    def generate(cls, kind: KeyKind) -> Self:
        """Make a new key from the system's randomness."""
        return cls(kind, bytes(SigningKey.generate()))

    @classmethod
    def from_seed(cls, seed: str) -> Self:
        """Read a seed (``SU…``); raises InvalidToken that does not repeat it."""
        text = seed.strip()
        if not _SEED.fullmatch(text):
            raise InvalidToken("not an nkey seed", hint="it starts with SO, SA or SU")
        raw = _unpack(text, "seed")
        kind = _BY_LETTER[text[1]]
        # Two bytes: 5 bits 'seed', 5 bits of the kind, the rest nothing.
        if raw[0] != _SEED_BYTE | (kind.value >> 5) or raw[1] != (kind.value & 31) << 3:
            raise InvalidToken("not an nkey seed: its kind is unknown")
        return cls(kind, raw[2:])

    @property
    def seed(self) -> str:
        """The private key as text. Write it to files of mode 0600 only."""
        head = bytes((_SEED_BYTE | (self.kind.value >> 5), (self.kind.value & 31) << 3))
        return _pack(head + self.secret)

    @property
    def secret(self) -> bytes:
        """The 32 private bytes."""
        return bytes(self._signing)

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return bytes(self._signing.sign(data).signature)

    def __repr__(self) -> str:
        return f"KeyPair({self.public})"


def encode_public(kind: KeyKind, key: bytes) -> str:
    """Return the text of a public key."""
    return _pack(bytes((kind.value,)) + key)


def decode_public(text: str, kind: KeyKind) -> bytes:
    """Return the 32 bytes of a public key of a kind; raises InvalidToken."""
    if not isinstance(text, str) or not _PUBLIC.fullmatch(text) or _BY_LETTER[text[0]] is not kind:
        raise InvalidToken(f"not a public {kind.name.lower()} key: {str(text)[:60]!r}")
    # 56 digits are 35 bytes: none is left over, so that no other text is the same key.
    raw = _checked(int(text.translate(_DIGITS), 32).to_bytes(35, "big"), "public key")
    if raw[0] != kind.value or len(raw) != 33:
        raise InvalidToken(f"not a public {kind.name.lower()} key: {text!r}")
    return raw[1:]


def public_kind(text: str) -> KeyKind:
    """Return what a public key stands for; raises InvalidToken."""
    kind = _BY_LETTER.get(text[:1])
    if kind is None:
        raise InvalidToken(f"not a public key: {text[:60]!r}")
    decode_public(text, kind)
    return kind


def verify(public: str, data: bytes, signature: bytes) -> bool:
    """Return whether a signature is that of a public key over the data; raises InvalidToken."""
    kind = _BY_LETTER.get(public[:1])
    if kind is None:
        raise InvalidToken(f"not a public key: {public[:60]!r}")
    key = decode_public(public, kind)
    try:
        VerifyKey(key).verify(data, signature)
    except (BadSignatureError, ValueError):  # ValueError: not 64 bytes
        return False
    return True


def _pack(data: bytes) -> str:
    return base64.b32encode(data + _crc(data)).decode().rstrip("=")


def _unpack(text: str, what: str) -> bytes:
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error as error:
        raise InvalidToken(f"not an nkey {what}") from error
    body = _checked(raw, what)
    # Base32 has spare bits at the end: only the one canonical text is the key.
    if _pack(body) != text:
        raise InvalidToken(f"not an nkey {what}: the check sum is wrong")
    return body


def _checked(raw: bytes, what: str) -> bytes:
    body, check = raw[:-2], raw[-2:]
    if _crc(body) != check:
        raise InvalidToken(f"not an nkey {what}: the check sum is wrong")
    return body


def _crc(data: bytes) -> bytes:
    return binascii.crc_hqx(data, 0).to_bytes(2, "little")
