"""Credential files: a user's token and seed, in the form that NATS's own tools read."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import InvalidToken, SettingsError
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tokens import read_token

_PART = re.compile(r"-{3,}[^\n]*-{3,}\s+([A-Za-z0-9._-]+)\s+-{3,}[^\n]*-{3,}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user's token and the key it is about."""

    token: str
    key: KeyPair

    @property
    def name(self) -> str:
        """The user's name: one token of a subject."""
        return read_token(self.token).name

    def encode(self) -> str:
        """Return the text of a ``.creds`` file; it holds the private key."""
        return (
            f"-----BEGIN NATS USER JWT-----\n{self.token}\n------END NATS USER JWT------\n\n"
            f"-----BEGIN USER NKEY SEED-----\n{self.key.seed}\n------END USER NKEY SEED------\n"
        )


def parse_credentials(text: str) -> Credentials:
    """Read the text of a ``.creds`` file; raises InvalidToken that repeats nothing of it."""
    parts = _PART.findall(text)
    if len(parts) != 2:
        raise InvalidToken("not a credentials file: it has not a token and a seed")
    token = read_token(parts[0])
    key = KeyPair.from_seed(parts[1])
    if key.kind is not KeyKind.USER or token.subject != key.public:
        raise InvalidToken("not a credentials file: the seed is not that of the token's user")
    return Credentials(parts[0], key)


def read_credentials(path: Path) -> Credentials:
    """Read a ``.creds`` file that nobody else may read; raises SettingsError, InvalidToken."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"credentials {path}: {error}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"credentials {path}: others can read it", hint=f"chmod 600 {path}")
    try:
        return parse_credentials(text)
    except InvalidToken as error:
        raise InvalidToken(f"{path}: {error.message}") from error
