"""A realm: every private key of one installation, and what they sign.

Only ``zester trust`` (from its folder), ``zester dev`` and tests hold a whole realm. Masters,
publishers, operators and peels hold the few keys they need.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import field

from zester.dataclass import dataclass
from zester.errors import SettingsError
from zester.trust.accounts import (
    control_account_token,
    guest_token,
    nodes_account_token,
    operator_token,
    site_user_token,
    system_account_token,
    system_user_token,
    user_token,
)
from zester.trust.bundle import BUNDLE_PLACE, Anchored, Bundle, read_bundle
from zester.trust.certificates import Certificate, make_authority
from zester.trust.credentials import Credentials
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.sealing import BoxKey
from zester.trust.server.config import ServerTokens
from zester.trust.tiers import CONTROL, Tier
from zester.trust.verifier import Verifier

DAY = 86_400.0
YEAR = 365 * DAY

LIFETIMES: Mapping[Tier, float | None] = {
    Tier.MASTER: YEAR,
    Tier.PUBLISHER: YEAR,
    Tier.OPERATOR: YEAR,
    Tier.VIEWER: YEAR,
    Tier.PEEL: DAY,
    Tier.BOOTSTRAP: 31 * DAY,
}
"""How long a user's token is good for, in seconds, unless somebody says otherwise."""

GUEST = "guest"


@dataclass(frozen=True, slots=True)
class EnvironmentKeys:
    """The keys of one environment.

    ``control`` and ``nodes`` are the two accounts, ``signing`` has one key for each tier,
    ``masters`` opens what is sealed to the masters, ``guest`` is the user who may only ask.
    ``retired`` are public signing keys whose users are still let in while the tier moves to a new
    key. ``leaves`` are the accounts of leaf sites by name.
    """

    control: KeyPair
    nodes: KeyPair
    signing: Mapping[Tier, KeyPair]
    masters: BoxKey
    guest: str
    retired: Mapping[str, Tier] = field(default_factory=dict)
    leaves: Mapping[str, KeyPair] = field(default_factory=dict)

    @classmethod
    def generate(cls) -> EnvironmentKeys:
        """Make new keys."""
        return cls(
            KeyPair.generate(KeyKind.ACCOUNT),
            KeyPair.generate(KeyKind.ACCOUNT),
            {tier: KeyPair.generate(KeyKind.ACCOUNT) for tier in Tier},
            BoxKey.generate(),
            KeyPair.generate(KeyKind.USER).public,
        )

    def account(self, tier: Tier) -> KeyPair:
        """Return the account that a tier's users live in."""
        return self.control if tier in CONTROL else self.nodes

    def tiers(self, *, control: bool) -> dict[str, Tier]:
        """Return the public signing keys of one of the accounts with their tiers."""
        every = {**self.retired, **{key.public: tier for tier, key in self.signing.items()}}
        return {key: tier for key, tier in every.items() if (tier in CONTROL) is control}


@dataclass(frozen=True, slots=True)
class Realm:
    """Operator, system account, certificate authorities and environments.

    ``operator`` is the root, which may be absent (offline): whatever needs it raises SettingsError.
    ``signing`` is the operator's key for daily use; while it is replaced there is the one to come,
    ``signing_next``, and then the public one that was, ``signing_before``. ``authorities`` are
    newest first; servers get certificates from the first one, all of them are believed. ``routes``
    is what the servers of a cluster know each other by.
    """

    operator_public: str
    operator: KeyPair | None = field(repr=False)
    signing: KeyPair
    system: KeyPair
    authorities: tuple[Certificate, ...]
    environments: Mapping[str, EnvironmentKeys]
    signing_next: KeyPair | None = None
    signing_before: str | None = None
    routes: str = field(default="", repr=False)

    @classmethod
    def generate(cls, environments: Sequence[str] = ("base",)) -> Realm:
        """Make a new realm; takes some milliseconds."""
        operator = KeyPair.generate(KeyKind.OPERATOR)
        return cls(
            operator.public,
            operator,
            KeyPair.generate(KeyKind.OPERATOR),
            KeyPair.generate(KeyKind.ACCOUNT),
            (make_authority("Zester servers"),),
            {env: EnvironmentKeys.generate() for env in environments},
            routes=secrets.token_urlsafe(32),
        )

    def keys(self, env: str) -> EnvironmentKeys:
        """Return the keys of an environment; raises SettingsError when there are none."""
        found = self.environments.get(env)
        if found is None:
            known = ", ".join(sorted(self.environments))
            raise SettingsError(f"no environment {env!r} in this realm", hint=f"there are {known}")
        return found

    def operator_token(self) -> str:
        """Return the operator's token for the server's configuration."""
        coming = self.signing_next.public if self.signing_next is not None else None
        every = (self.signing.public, coming, self.signing_before)
        signing = [key for key in every if key is not None]
        return operator_token(self._root(), signing, self.system.public, "zester")

    def system_token(
        self, *, revoked: Mapping[str, int] | None = None, now: float | None = None
    ) -> str:
        """Return the system account's token."""
        return system_account_token(self.signing, self.system.public, revoked=revoked, now=now)

    def control_token(
        self, env: str, *, revoked: Mapping[str, int] | None = None, now: float | None = None
    ) -> str:
        """Return the token of the account that owns JetStream; only the root may sign it."""
        keys = self.keys(env)
        tiers = keys.tiers(control=True)
        public = keys.control.public
        return control_account_token(self._root(), public, env, tiers, revoked=revoked, now=now)

    def nodes_token(
        self, env: str, *, revoked: Mapping[str, int] | None = None, now: float | None = None
    ) -> str:
        """Return the token of the account of peels, signed by the key for daily use."""
        keys = self.keys(env)
        return nodes_account_token(
            self.signing,
            keys.nodes.public,
            keys.control.public,
            env,
            keys.tiers(control=False),
            revoked=revoked,
            now=now,
        )

    def bundle(
        self,
        env: str,
        *,
        serial: int = 1,
        account: str | None = None,
        revoked: Mapping[str, int] | None = None,
    ) -> bytes:
        """Return the environment's signed trust bundle; ``account`` is the token it carries."""
        keys = self.keys(env)
        bundle = Bundle(
            serial=serial,
            env=env,
            account=account or self.control_token(env, revoked=revoked),
            nodes=keys.nodes.public,
            authorities=self.authority_certificates,
            masters=keys.masters.public,
            revoked=dict(revoked or {}),
            issued=int(time.time()),
        )
        return Signer(keys.control, "", env).sign(BUNDLE_PLACE, bundle.encode())

    def issue(
        self,
        env: str,
        tier: Tier,
        name: str,
        *,
        lifetime: float | None = None,
        key: KeyPair | None = None,
    ) -> Credentials:
        """Return new credentials; ``lifetime`` in seconds, the tier's usual one if not given."""
        user = key or KeyPair.generate(KeyKind.USER)
        return Credentials(self.token(env, tier, user.public, name, lifetime=lifetime), user)

    def token(
        self, env: str, tier: Tier, user: str, name: str, *, lifetime: float | None = None
    ) -> str:
        """Return a token for a user's public key; ``name`` is one subject token."""
        keys = self.keys(env)
        seconds = LIFETIMES[tier] if lifetime is None else lifetime
        expires = None if seconds is None else time.time() + seconds
        account = keys.account(tier).public
        return user_token(keys.signing[tier], account, user, name, expires=expires)

    def system_credentials(self, name: str, *, lifetime: float | None = None) -> Credentials:
        """Return credentials for the system account: for masters, to revoke peels live."""
        user = KeyPair.generate(KeyKind.USER)
        expires = None if lifetime is None else time.time() + lifetime
        return Credentials(system_user_token(self.system, user.public, name, expires=expires), user)

    def site_credentials(self, env: str, site: str, name: str, *, lifetime: float) -> Credentials:
        """Return credentials for the account of a leaf site; raises SettingsError for none."""
        account = self.keys(env).leaves.get(site)
        if account is None:
            raise SettingsError(
                f"no leaf site {site!r} in {env}", hint="`zester trust leaf` makes one"
            )
        user = KeyPair.generate(KeyKind.USER)
        end = time.time() + lifetime
        return Credentials(site_user_token(account, user.public, name, expires=end), user)

    def server_tokens(self) -> ServerTokens:
        """Return what a server of this realm starts with; guests belong to the first environment.

        The tokens are those of a new realm: what was revoked since is sent to the running server,
        which keeps the newer of two.
        """
        accounts = {self.system.public: self.system_token()}
        for env, keys in self.environments.items():
            accounts[keys.control.public] = self.control_token(env)
            accounts[keys.nodes.public] = self.nodes_token(env)
        guest = self.guest_token(next(iter(self.environments)))
        return ServerTokens(self.operator_token(), self.system.public, accounts, guest)

    def guest_token(self, env: str) -> str:
        """Return the bearer token of those who have no credentials yet."""
        keys = self.keys(env)
        return guest_token(keys.nodes, keys.guest, GUEST)

    def signer(self, env: str, tier: Tier, name: str = "test") -> Signer:
        """Return somebody new who signs as a tier."""
        credentials = self.issue(env, tier, name)
        return Signer(credentials.key, credentials.token, env)

    def anchored(self, env: str) -> Anchored:
        """Return the environment's bundle as a receiver reads it."""
        return read_bundle(self.bundle(env), operator=self.operator_public, env=env)

    def verifier(self, env: str) -> Verifier:
        """Return a judge of the environment's signed documents."""
        return Verifier(self.anchored(env))

    @property
    def authority_certificates(self) -> tuple[str, ...]:
        """The PEM certificates to believe of a server."""
        return tuple(authority.certificate for authority in self.authorities)

    def _root(self) -> KeyPair:
        if self.operator is None:
            raise SettingsError(
                "this needs the operator's private key, which is not here",
                hint="put operator.seed back into the trust folder and give its passphrase",
            )
        return self.operator
