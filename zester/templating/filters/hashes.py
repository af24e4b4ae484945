"""Filters that digest, encode and draw random texts."""

from __future__ import annotations

import base64
from hashlib import md5, sha1, sha256, sha512
from hashlib import new as new_hash

from zester.errors import RenderError
from zester.targeting.value import Value
from zester.templating.filters.texts import to_bytes, to_text

NAMESPACE = "91633ebf-1c86-5e33-935a-28061f4b480e"
"""Salt's own: the same text has the same UUID under both."""

DIGESTS = frozenset(
    (
        *("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s"),
        *("sha3_224", "sha3_256", "sha3_384", "sha3_512"),
    )
)


def md5_digest(text: Value) -> str:
    return md5(to_bytes(text), usedforsecurity=False).hexdigest()


def sha1_digest(text: Value) -> str:
    return sha1(to_bytes(text), usedforsecurity=False).hexdigest()


def sha256_digest(text: Value) -> str:
    return sha256(to_bytes(text)).hexdigest()


def sha512_digest(text: Value) -> str:
    return sha512(to_bytes(text)).hexdigest()


def digest(text: Value, name: str = "sha512") -> str:
    """``hash``: the digest of a text, by the name of the algorithm."""
    if name not in DIGESTS:
        raise RenderError(f"unknown hash {name!r}", hint=f"one of {', '.join(sorted(DIGESTS))}")
    return new_hash(name, to_bytes(text), usedforsecurity=False).hexdigest()


def hmac_compute(text: Value, secret: Value) -> str:
    """Return the HMAC-SHA256 of a text in hexadecimal."""
    return _signature(text, secret).hex()


def hmac_signature(text: Value, secret: Value, challenge: Value) -> bool:
    """Return whether ``challenge`` is the HMAC-SHA256 of a text in base64."""
    from hmac import compare_digest  # late: few templates use it

    return compare_digest(base64.b64encode(_signature(text, secret)), to_bytes(challenge))


def _signature(text: Value, secret: Value) -> bytes:
    import hmac  # late: few templates use it

    return hmac.digest(to_bytes(secret), to_bytes(text), "sha256")


def base64_encode(text: Value) -> str:
    return base64.b64encode(to_bytes(text)).decode("ascii")


def base64_decode(text: Value) -> str | bytes:
    """Return the text, or bytes when they are not UTF-8."""
    decoded = base64.b64decode(to_bytes(text))
    try:
        return decoded.decode("utf-8")
    except UnicodeDecodeError:
        return decoded


def uuid(text: Value) -> str:
    """Return the UUID a text always has."""
    from uuid import UUID, uuid5  # late: few templates use it

    return str(uuid5(UUID(NAMESPACE), to_text(text)))


def random_hash(size: int = 9_999_999_999, hash_type: str | None = None) -> str:
    """Return the digest of a random number up to ``size``."""
    from secrets import randbelow  # late: few templates roll dice

    return digest(str(randbelow(size + 1)), hash_type or "md5")


def random_str(size: int = 32) -> str:
    """Return that many random letters and digits (and ``+`` and ``/``)."""
    from secrets import token_bytes  # late: few templates roll dice

    return base64.b64encode(token_bytes(size)).decode("ascii")[:size]
