"""Who a connection is, and which servers it believes."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

from zester.dataclass import dataclass
from zester.errors import InvalidToken
from zester.trust.address import secure_urls
from zester.trust.credentials import Credentials


class Login(Protocol):
    """Asked anew for every connection, so that credentials and authorities can be replaced."""

    @property
    def name(self) -> str:
        """The user's name, one subject token; answers arrive below ``_INBOX_<name>``."""

    def credentials(self) -> Credentials | None:
        """Return the current token and key, None for a guest who may only ask to enrol."""

    def authorities(self) -> tuple[str, ...] | None:
        """Return the PEM certificates to believe, None to believe any server (never secret)."""


@dataclass(frozen=True, slots=True)
class FixedLogin:
    """A login that stays as it is."""

    who: Credentials
    believed: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.who.name

    def credentials(self) -> Credentials:
        return self.who

    def authorities(self) -> tuple[str, ...]:
        return self.believed


def check_secure(servers: Sequence[str]) -> tuple[str, ...]:
    """Return the servers; raises SettingsError when one is not reached over TLS."""
    return secure_urls(servers)


def connect_options(login: Login) -> dict[str, Any]:
    """Return how the client has to connect; raises InvalidToken for unreadable certificates."""
    options: dict[str, Any] = {
        "tls": _context(login.authorities()),
        "tls_handshake_first": True,
        "inbox_prefix": f"_INBOX_{login.name}",
    }
    who = login.credentials()
    if who is not None:
        options["user_jwt_cb"] = who.token.encode
        options["signature_cb"] = lambda nonce: base64.b64encode(who.key.sign(nonce.encode()))
    return options


@lru_cache(maxsize=4)
def _context(authorities: tuple[str, ...] | None) -> ssl.SSLContext:
    """Return what connections that believe the same have in common; it is never changed again."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if authorities is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    try:
        context.load_verify_locations(cadata="\n".join(authorities))
    except (ssl.SSLError, ValueError) as error:
        raise InvalidToken("the servers' certificate authorities cannot be read") from error
    return context
