"""The grammar of keys: what may stand in a KV key, and how anything else is written.

A key is tokens joined by dots. Inside a token only ``A-Z a-z 0-9 _ - /`` stand for themselves;
every other character is written as ``=XX`` for each of its UTF-8 bytes, the dot and ``=`` included.
"""

from __future__ import annotations

import re
from typing import NewType

from zester.errors import InvalidKey

Key = NewType("Key", str)
"""A checked key without wildcards."""

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-/")
_TOKEN = re.compile(r"(?:[A-Za-z0-9_/-]|=[0-9A-F]{2})+")
_ESCAPE = re.compile(rb"=([0-9A-F]{2})")

MAX_KEY = 1024
"""Longest key in bytes; the server's control line takes 4,096."""


def escape_token(text: str) -> str:
    """Write any text as one token: ``web-01.example.com`` → ``web-01=2Eexample=2Ecom``.

    Raises InvalidKey for empty text: the server never answers for an empty token.
    """
    if not text:
        raise InvalidKey("a key token is empty")
    data = text.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if byte in _PLAIN else f"={byte:02X}" for byte in data)


def unescape_token(token: str) -> str:
    """Give back the text of a token; raises InvalidKey when it is not one."""
    if not _TOKEN.fullmatch(token):
        raise InvalidKey(f"not a key token: {token[:80]!r}")
    if "=" not in token:
        return token
    data = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), token.encode())
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise InvalidKey(f"key token {token[:80]!r} is not UTF-8") from error


def make_key(*texts: str) -> Key:
    """Join texts into a key, each as one token; raises InvalidKey."""
    if not texts:
        raise InvalidKey("a key needs at least one token")
    key = ".".join(escape_token(text) for text in texts)
    if len(key) > MAX_KEY:
        raise InvalidKey(f"key is longer than {MAX_KEY} bytes: {key[:80]!r}…")
    return Key(key)


def split_key(key: str) -> tuple[str, ...]:
    """Give back the texts a key was made of; raises InvalidKey."""
    return tuple(unescape_token(token) for token in key.split("."))


def check_filter(pattern: str) -> str:
    """Check a key or a key with wildcards (``*`` one token, ``>`` the rest); raises InvalidKey."""
    parts = pattern.split(".")
    for place, part in enumerate(parts):
        wild = part == "*" or (part == ">" and place == len(parts) - 1)
        if not wild and not _TOKEN.fullmatch(part):
            raise InvalidKey(f"not a key or key filter: {pattern[:80]!r}")
    return pattern
