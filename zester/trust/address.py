"""Addresses of NATS servers: only encrypted ones are taken."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from zester.errors import SettingsError

SCHEME = "tls"
PORT = 4222
_PLAIN = frozenset(("nats", "ws", "tcp", ""))


def secure_urls(urls: str | Iterable[str]) -> tuple[str, ...]:
    """Return addresses as ``tls://host:port``; texts are split at commas.

    Raises SettingsError for one that is not encrypted, carries a password or is no address.
    """
    given = urls.split(",") if isinstance(urls, str) else urls
    found = tuple(secure_url(each.strip()) for each in given if each.strip())
    if not found:
        raise SettingsError("no server is named", hint="give an address like tls://nats:4222")
    return found


def secure_url(url: str) -> str:
    """Return an address as ``tls://host:port``; raises SettingsError as ``secure_urls`` does."""
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"not an address of a server: {_shown(url)!r}") from error
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            f"{_shown(url)}: an address must not hold a user or password",
            hint="credentials come from files that only you can read",
        )
    if parts.scheme != SCHEME:
        plain = parts.scheme in _PLAIN
        raise SettingsError(
            f"{_shown(url)}: "
            + ("connections in clear are refused" if plain else "not an address of a NATS server"),
            hint=f"use {SCHEME}://{host or 'HOST'}:{port or PORT}",
        )
    if not host or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise SettingsError(f"not an address of a server: {_shown(url)!r}")
    shown = f"[{host}]" if ":" in host else host
    return f"{SCHEME}://{shown}:{port or PORT}"


def host_of(url: str) -> str:
    """Return the host of a checked address."""
    return urlsplit(url).hostname or ""


def _shown(url: str) -> str:
    """An address without what may be a password."""
    head, at, tail = url.rpartition("@")
    return f"{head.split('://', 1)[0]}://…@{tail}" if at and "://" in head else (tail or url)[:200]
