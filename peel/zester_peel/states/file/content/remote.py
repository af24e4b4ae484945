"""Sources on the web."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import anyio.to_thread

from zester.dataclass import dataclass
from zester.errors import BlobUnavailable, StateError
from zester_peel.states.file.content.checksum import Checksum

if TYPE_CHECKING:
    from urllib.request import Request

SCHEMES = ("http://", "https://", "ftp://")
LIMIT = 8 * 1024**3  # bytes
_SILENCE = 30.0  # seconds without a byte
_WHOLE = 3600.0  # seconds for one file
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Remote:
    """A file on the web whose digest is known."""

    url: str
    checksum: Checksum
    verify_tls: bool = True
    mode: int | None = None

    def parts(self) -> Iterator[bytes]:
        """Fetch it; blocks. Raises BlobUnavailable, StateError when it is another file."""
        return self.checksum.checked(_fetch(self.url, LIMIT, self.verify_tls), shown(self.url))


async def fetch_small(url: str, limit: int, *, verify_tls: bool) -> bytes:
    """Return a file's bytes; raises BlobUnavailable, StateError when it is too large."""
    return await anyio.to_thread.run_sync(lambda: b"".join(_fetch(url, limit, verify_tls)))


async def is_there(url: str, *, verify_tls: bool) -> bool:
    """Tell whether a file can be had."""

    def ask() -> bool:
        try:
            for _ in _fetch(url, LIMIT, verify_tls):
                break
        except BlobUnavailable:
            return False
        return True

    return await anyio.to_thread.run_sync(ask)


def shown(url: str) -> str:
    """Return a URL as it may be shown: without a password."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()


def _fetch(url: str, limit: int, verify_tls: bool) -> Iterator[bytes]:
    import ssl  # late: an idle peel never needs these
    import urllib.request
    from http.client import HTTPException

    context = ssl.create_default_context()
    if not verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    deadline, size = time.monotonic() + _WHOLE, 0
    try:
        with urllib.request.urlopen(  # noqa: S310 - the schemes are those of SCHEMES
            _request(url), timeout=_SILENCE, context=context
        ) as answer:
            while part := answer.read(_CHUNK):
                size += len(part)
                if size > limit:
                    raise StateError(f"source {shown(url)} is too large: more than {limit} bytes")
                if time.monotonic() > deadline:
                    raise BlobUnavailable(f"source {shown(url)} takes longer than {_WHOLE:g} s")
                yield part
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, urllib.request.HTTPError):
            error.close()
        raise BlobUnavailable(f"cannot fetch {shown(url)}: {error}") from error


def _request(url: str) -> Request:
    import base64
    from urllib.request import Request

    parts = urlsplit(url)
    login, at, place = parts.netloc.rpartition("@")
    if not at or parts.scheme == "ftp":
        return Request(url)  # noqa: S310 - the schemes are those of SCHEMES
    token = base64.b64encode(unquote(login).encode()).decode()
    plain = parts._replace(netloc=place).geturl()
    headers = {"Authorization": f"Basic {token}"}
    return Request(plain, headers=headers)  # noqa: S310 - the schemes are those of SCHEMES
