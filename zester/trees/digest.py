"""The name of a blob."""

from __future__ import annotations

import hashlib


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()
