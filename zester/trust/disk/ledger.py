"""What a realm has handed out: account tokens, bundles, users. Nothing in it is secret."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zester.errors import InvalidToken, SettingsError
from zester.trust.disk.topology import Leaf, Member
from zester.trust.fields import SecureUrls
from zester.trust.tiers import Tier

SYSTEM: Final = "system"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LIMITED = re.compile(rf"kube/{_NAME.pattern}")
"""A publisher of one cluster's objects: it may move the sources below its name only."""

Role = Tier | Literal["system", "leaf"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Site(_Model):
    """Where the servers are.

    ``hosts`` are the names and addresses in their certificate, ``listen`` is ``host:port``,
    ``place`` the folder on the server that holds its files.
    """

    url: SecureUrls
    hosts: tuple[str, ...] = Field(min_length=1)
    listen: str
    place: str


class User(_Model):
    """Somebody who was given credentials. Times in Unix seconds; ``issuer`` signed the token."""

    env: str
    tier: Role
    name: str
    key: str
    issuer: str
    issued: int
    expires: int | None
    revoked: int | None = None

    def valid(self, now: float) -> bool:
        """Whether the token still opens the door."""
        return self.revoked is None and (self.expires is None or self.expires > now)


class EnvironmentState(_Model):
    """What the servers and peels of one environment are to hold.

    ``control`` and ``nodes`` are the account tokens, ``bundle`` the signed trust bundle.
    """

    serial: Annotated[int, Field(ge=1)]
    control: str
    nodes: str
    bundle: str


class Ledger(_Model):
    """``realm.json``; the same is kept with the keys, and that one counts."""

    zester_realm: Literal[1] = 1
    site: Site
    operator: str
    operator_token: str
    system: str
    system_token: str
    guest: str
    authorities: tuple[str, ...] = Field(min_length=1, max_length=8)
    environments: dict[str, EnvironmentState]
    users: tuple[User, ...] = ()
    cluster: tuple[Member, ...] = ()
    leaves: tuple[Leaf, ...] = ()

    def encode(self) -> str:
        return self.model_dump_json(indent=1) + "\n"

    @classmethod
    def decode(cls, text: str | bytes, place: Path) -> Self:
        """Parse; raises InvalidToken that names the place."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise InvalidToken(f"{place}: {where}: {first['msg']}") from error

    def state(self, env: str) -> EnvironmentState:
        """Return an environment; raises SettingsError when there is none of this name."""
        found = self.environments.get(env)
        if found is None:
            known = ", ".join(sorted(self.environments))
            raise SettingsError(f"no environment {env!r} in this realm", hint=f"there are {known}")
        return found

    def find(self, env: str, name: str) -> tuple[User, ...]:
        """Return the users called ``name`` who are not revoked; raises SettingsError for none."""
        found = tuple(
            user
            for user in self.users
            if user.env == env and user.name == name and user.revoked is None
        )
        if not found:
            raise SettingsError(
                f"nobody in {env} is called {name!r}, or not any more",
                hint="`zester trust list DIR` shows who was issued; peels: `zester enroll list`",
            )
        return found

    def check_free(self, env: str, name: str, role: Role | None = None) -> None:
        """Raise SettingsError for a name that cannot be given to somebody new."""
        limited = role is Tier.PUBLISHER and _LIMITED.fullmatch(name)
        if not limited and not _NAME.fullmatch(name):
            raise SettingsError(
                f"not a name for a user: {name[:80]!r}",
                hint="1 to 64 of A-Z a-z 0-9 _ - (the first a letter or digit)",
            )
        now = time.time()
        if any(user.env == env and user.name == name and user.valid(now) for user in self.users):
            raise SettingsError(
                f"{env} has somebody called {name!r} already",
                hint=f"take another name, or `zester trust revoke DIR {name} --env {env}` first",
            )

    def revocations(self, env: str, roles: frozenset[Role]) -> dict[str, int]:
        """Return the revoked keys of an environment's users of some roles, with their times."""
        return {
            user.key: user.revoked
            for user in self.users
            if user.revoked is not None and user.tier in roles and user.env == env
        }
