"""The folder of somebody who talks to the servers: where they are, whom to believe, who we are.

``context.json`` tells the place and the pinned operator, ``<tier>.creds`` hold what was issued,
``bundle`` is the newest trust bundle that was seen.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zester.dataclass import dataclass
from zester.errors import InvalidToken, SettingsError, Untrusted
from zester.trust.bundle import Anchored, read_bundle
from zester.trust.credentials import Credentials, parse_credentials
from zester.trust.disk.private_file import read_private, read_text, write_private, write_public
from zester.trust.fields import OperatorKey, SecureUrls
from zester.trust.tiers import Tier

CONTEXT, BUNDLE = "context.json", "bundle"


class Context(BaseModel):
    """What is public about one environment: its servers and whom to believe.

    ``operator`` is the pinned public key; ``authorities`` are PEM certificates.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecureUrls
    env: Annotated[str, Field(min_length=1, max_length=64)]
    operator: OperatorKey
    authorities: tuple[str, ...] = Field(min_length=1, max_length=8)


class _Seen:
    """The newest trust bundle that a folder could not take: a Secret of a pod is read-only."""

    bundle: bytes | None = None


@dataclass(frozen=True, slots=True)
class ClientFolder:
    """A folder that was opened; what is secret in it is read when it is asked for."""

    folder: Path
    context: Context
    _seen: _Seen = field(default_factory=_Seen, repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read ``context.json``; raises SettingsError."""
        text = read_text(folder / CONTEXT)
        try:
            return cls(folder, Context.model_validate_json(text))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise SettingsError(f"{folder / CONTEXT}: {where}: {first['msg']}") from error

    @classmethod
    def create(cls, folder: Path, context: Context) -> Self:
        """Write ``context.json``."""
        write_public(folder / CONTEXT, context.model_dump_json(indent=1) + "\n")
        return cls(folder, context)

    def credentials_file(self, tier: Tier) -> Path:
        return self.folder / f"{tier.value}.creds"

    def has(self, tier: Tier) -> bool:
        """Whether there are credentials of a tier."""
        return self.credentials_file(tier).exists()

    def credentials(self, tier: Tier) -> Credentials:
        """Read the credentials of a tier; raises SettingsError, InvalidToken."""
        path = self.credentials_file(tier)
        try:
            text = read_private(path).decode("ascii", "replace")
            return parse_credentials(text)
        except InvalidToken as error:
            raise InvalidToken(f"{path}: {error.message}") from error

    def keep(self, tier: Tier, credentials: Credentials) -> Path:
        """Write the credentials of a tier; return the file."""
        path = self.credentials_file(tier)
        write_private(path, credentials.encode())
        return path

    def bundle(self) -> Anchored | None:
        """Return the newest trust bundle that was seen, None when there is none to believe."""
        kept = None
        with suppress(SettingsError, Untrusted):
            kept = self.check(read_text(self.folder / BUNDLE).encode())
        if self._seen.bundle is not None:
            with suppress(Untrusted):  # it has ended meanwhile
                seen = self.check(self._seen.bundle)
                if kept is None or seen.bundle.serial > kept.bundle.serial:
                    return seen
        return kept

    def check(self, data: bytes) -> Anchored:
        """Follow a trust bundle back to the pinned operator; raises Untrusted."""
        return read_bundle(data, operator=self.context.operator, env=self.context.env)

    def keep_bundle(self, data: bytes) -> None:
        """Keep a bundle that was checked; where the folder cannot be written as long as we run."""
        try:
            write_public(self.folder / BUNDLE, data)
        except OSError:
            self._seen.bundle = data

    def authorities(self) -> tuple[str, ...]:
        """Return the certificates to believe of a server: the newest that are known."""
        kept = self.bundle()
        return kept.bundle.authorities if kept is not None else self.context.authorities
