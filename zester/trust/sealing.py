"""Sealed boxes: only the holder of one private key can open them.

X25519 key exchange, XSalsa20-Poly1305 (NaCl boxes). A scope has a key pair of its own; a peel's box
key is derived from its nkey, so that no second key has to be kept or enrolled.
"""

from __future__ import annotations

import hashlib
import hmac

from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519, crypto_sign_ed25519_sk_to_curve25519
from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey, SealedBox
from nacl.signing import SigningKey

from zester.errors import CannotOpen, InvalidToken
from zester.trust.nkeys import KeyKind, KeyPair, decode_public
from zester.trust.tokens import decode_part, encode_part

KEY_BYTES = 32


class BoxKey:
    """A private X25519 key; its ``repr`` shows the public half only."""

    __slots__ = ("_private", "public")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise InvalidToken("not a box key: it has not 32 bytes")
        self._private = PrivateKey(secret)
        self.public = encode_part(bytes(self._private.public_key))

    @classmethod
    def generate(cls) -> BoxKey:
        return cls(bytes(PrivateKey.generate()))

    @classmethod
    def of(cls, key: KeyPair) -> BoxKey:
        """Return the box key that belongs to a user's nkey."""
        signing = SigningKey(key.secret)
        return cls(
            crypto_sign_ed25519_sk_to_curve25519(signing.encode() + bytes(signing.verify_key))
        )

    @property
    def secret(self) -> bytes:
        """The 32 private bytes."""
        return bytes(self._private)

    def open(self, sealed: bytes) -> bytes:
        """Open what was sealed to this key; raises CannotOpen."""
        try:
            return bytes(SealedBox(self._private).decrypt(sealed))
        except (CryptoError, ValueError, TypeError) as error:
            raise CannotOpen("sealed for another key, or damaged") from error

    def __repr__(self) -> str:
        return f"BoxKey({self.public})"


def box_public_of(user: str) -> str:
    """Return the public box key that belongs to a user's public nkey; raises InvalidToken."""
    try:
        curve = crypto_sign_ed25519_pk_to_curve25519(decode_public(user, KeyKind.USER))
    except CryptoError as error:
        raise InvalidToken(f"{user}: not a key that can be sealed to") from error
    return encode_part(bytes(curve))


def seal(public: str, data: bytes) -> bytes:
    """Seal so that only the holder of the private half can open; each time other bytes.

    48 bytes longer than the data. Raises InvalidToken for a bad key.
    """
    return bytes(SealedBox(_public(public)).encrypt(data))


def seal_steadily(public: str, data: bytes, secret: bytes, context: str) -> bytes:
    """Seal so that equal data gives equal bytes for the holder of ``secret``.

    Content addresses need that: what did not change must keep its digest. Whoever lacks ``secret``
    learns nothing but the length and that something stayed the same. Opened like any sealed box.
    """
    recipient = _public(public)
    inner = hashlib.blake2b(data, key=secret[:64], digest_size=32).digest()
    seed = hmac.new(secret, b"zester-seal\0" + context.encode() + b"\0" + inner, "sha256")
    seed.update(bytes(recipient))
    once = PrivateKey(seed.digest())
    mine = bytes(once.public_key)
    nonce = hashlib.blake2b(mine + bytes(recipient), digest_size=24).digest()
    return mine + bytes(Box(once, recipient).encrypt(data, nonce).ciphertext)


def _public(text: str) -> PublicKey:
    key = decode_part(text)
    if len(key) != KEY_BYTES:
        raise InvalidToken("not a public box key: it has not 32 bytes")
    return PublicKey(key)
