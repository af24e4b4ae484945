"""Keys that repositories are signed with."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

import anyio.to_thread

from zester.errors import StateError, TransientError

_ARMOR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\s*\n(?:[^\n]*: [^\n]*\n)*\s*\n"
    rb"(.*?)\n(?:=[A-Za-z0-9+/]{4}\s*\n)?-----END",
    re.DOTALL,
)
_MAX_KEY = 1024 * 1024
_TIMEOUT = 30.0
_PUBLIC_KEY = 6


def binary(key: bytes, what: str) -> bytes:
    """Return a key without its armor; raises StateError for what is none."""
    text = key.replace(b"\r\n", b"\n")
    if b"-----BEGIN PGP" in text:
        blocks = _ARMOR.findall(text)
        try:
            key = b"".join(base64.b64decode(b"".join(block.split())) for block in blocks)
        except binascii.Error as error:
            raise StateError(f"{what} is not a key: its armor is broken") from error
    if not key or not key[0] & 0x80:
        raise StateError(f"{what} is not an OpenPGP key")
    return key


def fingerprint(key: bytes) -> str:
    """Return the fingerprint of the first key in a binary keyring, in capital hex digits."""
    tag, body = _first_packet(key)
    if tag != _PUBLIC_KEY or not body or body[0] != 4:
        raise StateError("the keyring does not start with a public key of version 4")
    whole = b"\x99" + len(body).to_bytes(2, "big") + body
    # what OpenPGP names keys by; nobody's choice
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest().upper()


def check_id(key: bytes, wanted: str, what: str) -> None:
    """Raise StateError unless the key has this fingerprint or this end of it."""
    digits = wanted.upper().removeprefix("0X").replace(" ", "")
    found = fingerprint(key)
    if not found.endswith(digits):
        raise StateError(f"{what} is key {found}, not {wanted}")


async def download(url: str) -> bytes:
    """Fetch a key; raises TransientError when the server cannot be asked."""
    return await anyio.to_thread.run_sync(_download, url)


def keyserver_url(server: str, key: str) -> str:
    """Return where a key server has a key."""
    digits = key.removeprefix("0x").replace(" ", "")
    if not re.fullmatch(r"[0-9A-Fa-f]{8,40}", digits):
        raise StateError(f"{key!r} is not the id of a key")
    scheme, _, rest = server.rpartition("://")
    host = rest.strip("/")
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", host):
        raise StateError(f"{server!r} is not a key server")
    if scheme == "hkp" and ":" not in host:
        host += ":11371"
    web = "http" if scheme in ("hkp", "http") else "https"
    return f"{web}://{host}/pks/lookup?op=get&options=mr&search=0x{digits}"


def _download(url: str) -> bytes:
    import urllib.error  # late: an idle peel never needs it
    import urllib.request

    try:
        # the scheme was checked with the parameters
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - see above
            data: bytes = answer.read(_MAX_KEY + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise TransientError(f"cannot fetch the key from {url}: {error}") from error
    if len(data) > _MAX_KEY:
        raise StateError(f"what {url} sends is larger than any key")
    return data


def _first_packet(key: bytes) -> tuple[int, bytes]:
    """Return tag and body of the first packet, in the old or the new format."""
    first = key[0]
    if first & 0x40:
        tag, size, start = first & 0x3F, key[1] if len(key) > 1 else 0, 2
        if 192 <= size < 224 and len(key) > 2:
            size, start = ((size - 192) << 8) + key[2] + 192, 3
        elif size == 255:
            size, start = int.from_bytes(key[2:6], "big"), 6
    else:
        tag, width = first >> 2 & 0x0F, 1 << (first & 3)
        size, start = int.from_bytes(key[1 : 1 + width], "big"), 1 + width
    return tag, key[start : start + size]
