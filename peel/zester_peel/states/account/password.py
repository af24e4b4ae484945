"""Password hashes: SHA-crypt as in shadow files, and comparing."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable

_ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ROUNDS = 5_000
_LEAST, _MOST = 1_000, 999_999_999
_AFFORDABLE = 1_000_000
_SALT = 16
_SHAPE = re.compile(r"\$([56])\$(?:rounds=(\d{1,9})\$)?([^$]{0,16})\$[./0-9A-Za-z]+")
_ORDER_256 = [
    (0, 10, 20), (21, 1, 11), (12, 22, 2), (3, 13, 23), (24, 4, 14),
    (15, 25, 5), (6, 16, 26), (27, 7, 17), (18, 28, 8), (9, 19, 29),
]  # fmt: skip
_FIELDS_512 = 21


def fresh_hash(password: str) -> str:
    """Return a SHA-512 hash of a password with a new random salt."""
    salt = "".join(secrets.choice(_ALPHABET) for _ in range(_SALT))
    return _crypt(password.encode(), "6", None, salt)


def matches(password: str, hashed: str) -> bool:
    """Tell whether a SHA-256 or SHA-512 hash is this password's; of others it cannot be told."""
    found = _SHAPE.fullmatch(hashed)
    if found is None or int(found[2] or 0) > _AFFORDABLE:
        return False
    rounds = None if found[2] is None else int(found[2])
    return hmac.compare_digest(_crypt(password.encode(), found[1], rounds, found[3]), hashed)


def _crypt(key: bytes, kind: str, rounds: int | None, salt_text: str) -> str:
    """Return the SHA-crypt hash. Source: akkadia.org/drepper/SHA-crypt.txt."""
    new = hashlib.sha512 if kind == "6" else hashlib.sha256
    salt = salt_text.encode()
    size = new().digest_size
    inner = new(key + salt + key).digest()
    mixed = new(key + salt + _fill(inner, len(key)))
    length = len(key)
    while length:
        mixed.update(inner if length & 1 else key)
        length >>= 1
    digest = mixed.digest()
    keys = _fill(new(key * len(key)).digest(), len(key))
    salts = _fill(new(salt * (16 + digest[0])).digest(), len(salt))
    turns = _ROUNDS if rounds is None else min(max(rounds, _LEAST), _MOST)
    for turn in range(turns):
        parts = keys if turn & 1 else digest
        if turn % 3:
            parts += salts
        if turn % 7:
            parts += keys
        digest = new(parts + (digest if turn & 1 else keys)).digest()
    shown = "" if rounds is None else f"rounds={turns}$"
    return f"${kind}${shown}{salt_text}${_encode(digest, size)}"


def _fill(block: bytes, length: int) -> bytes:
    return (block * (length // len(block) + 1))[:length]


def _encode(digest: bytes, size: int) -> str:
    """Write a digest in the order and alphabet of crypt."""
    if size == 64:
        order: Iterable[tuple[int, int, int]] = _order_512()
        last = (digest[63], 2)
    else:
        order = _ORDER_256
        last = (digest[31] << 8 | digest[30], 3)
    text = "".join(_letters(digest[a] << 16 | digest[b] << 8 | digest[c], 4) for a, b, c in order)
    return text + _letters(*last)


def _order_512() -> Iterable[tuple[int, int, int]]:
    a, b, c = 0, 21, 42
    for _ in range(_FIELDS_512):
        yield a, b, c
        a, b, c = b + 1, c + 1, a + 1


def _letters(value: int, count: int) -> str:
    return "".join(_ALPHABET[value >> 6 * place & 63] for place in range(count))
