"""Scopes: what has a key of its own. One is one settings file of one source."""

from __future__ import annotations

import hashlib

from zester.bus.keys import escape_token
from zester.errors import InvalidToken
from zester.trust.sealing import BoxKey
from zester.trust.tokens import decode_part, encode_part

LONGEST = 900
"""A longer path, escaped, is named by its digest: a key has at most 1,024 bytes."""

_SALT = b"zester-scope\0"


def scope_of(source: str, path: str) -> str:
    """Return the scope of a file: two tokens, its key in the bucket ``keyring``."""
    token = escape_token(path)
    if len(token) > LONGEST:
        # No path of a settings file is a single name, so that none can pass for this.
        token = f"sha256-{hashlib.sha256(path.encode()).hexdigest()}"
    return f"{escape_token(source)}.{token}"


def hashed_scope(scope: str) -> str:
    """Return how grants name a scope outside of their box."""
    return hashlib.sha256(_SALT + scope.encode()).hexdigest()[:24]


def seal_half(scope: str, generation: int, key: BoxKey) -> bytes:
    """Return what is sealed to the masters: a private key that says whose it is."""
    return f"{hashed_scope(scope)}\n{generation}\n{encode_part(key.secret)}".encode()


def read_half(data: bytes, scope: str, generation: int, public: str) -> BoxKey:
    """Read what the masters opened; raises InvalidToken when it is not that key."""
    try:
        whose, number, secret = data.decode().split("\n")
    except (UnicodeDecodeError, ValueError):
        raise InvalidToken(f"scope {scope}: not a private key") from None
    key = BoxKey(decode_part(secret))
    if (whose, number, key.public) != (hashed_scope(scope), str(generation), public):
        raise InvalidToken(f"scope {scope}: generation {generation} is the key of something else")
    return key
