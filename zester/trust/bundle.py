"""The trust bundle: what one environment's receivers have to believe, signed by its account.

The chain ends at the operator's public key, which a peel pins when it enrols: operator → account
token (with one signing key for each tier) → bundle, and account → user token → signed document.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from zester.dataclass import dataclass
from zester.errors import (
    ExpiredSigner,
    InvalidToken,
    UnknownSigner,
    WrongAddressee,
    WrongTier,
)
from zester.trust.envelope import read_envelope
from zester.trust.nkeys import KeyKind, decode_public
from zester.trust.tiers import Tier
from zester.trust.tokens import Token, read_token

BUNDLE_PLACE = "trust.bundle"


class Bundle(BaseModel):
    """Payload of the key ``bundle`` in bucket ``trust``.

    ``serial`` counts up. ``account`` is the token of the account that owns JetStream, ``nodes`` the
    public key of the one that peels live in. ``authorities`` are the PEM certificates to believe of
    a server, several while one is replaced. ``revoked`` maps user keys to the Unix time of their
    revocation. ``masters`` is the public box key that only masters can open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    serial: Annotated[int, Field(ge=1, lt=2**53)]
    env: str
    account: str
    nodes: str
    authorities: tuple[str, ...] = Field(max_length=8)
    masters: str
    revoked: dict[str, int] = Field(default_factory=dict)
    issued: int

    def encode(self) -> bytes:
        """Return the JSON that is signed."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Parse; raises InvalidToken."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise InvalidToken("not a trust bundle") from error


@dataclass(frozen=True, slots=True)
class Anchored:
    """A bundle that was followed back to the pinned operator.

    ``signing`` maps each signing key of the account to its tier.
    """

    bundle: Bundle
    account: str
    signing: dict[str, Tier]


def read_bundle(data: bytes, *, operator: str, env: str) -> Anchored:
    """Check a bundle against the pinned operator key.

    Raises an Untrusted that says which link is broken.
    """
    envelope = read_envelope(data)
    bundle = Bundle.decode(envelope.payload)
    if envelope.header.place != BUNDLE_PLACE:
        raise WrongAddressee(f"not a trust bundle but signed for {envelope.header.place}")
    if envelope.header.env != env or bundle.env != env:
        raise WrongAddressee(f"the trust bundle is of environment {bundle.env!r}, not {env!r}")
    account = read_token(bundle.account)
    if account.kind != "account":
        raise InvalidToken("the trust bundle holds no account token")
    if account.issuer != operator:
        raise UnknownSigner(
            f"the account was made by operator {account.issuer}, not by the pinned {operator}",
            hint="if the operator was replaced on purpose, enrol this peel again",
        )
    if envelope.header.by != account.subject:
        raise WrongTier("the trust bundle is not signed by its account")
    if account.expires is not None and account.expires < envelope.header.iat:
        raise ExpiredSigner("the account's token had expired when the bundle was signed")
    decode_public(bundle.nodes, KeyKind.ACCOUNT)
    return Anchored(bundle, account.subject, signing_tiers(account))


def signing_tiers(account: Token) -> dict[str, Tier]:
    """Return the tiers of an account's scoped signing keys; raises InvalidToken."""
    found: dict[str, Tier] = {}
    keys = account.nats.get("signing_keys", [])
    if not isinstance(keys, list):
        raise InvalidToken("the account's signing keys are not a list")
    for entry in keys:
        if not isinstance(entry, dict):
            continue  # a plain signing key vouches for no tier
        try:
            found[str(entry["key"])] = Tier(entry["role"])
        except (KeyError, ValueError) as error:
            raise InvalidToken("the account has a signing key of no known tier") from error
    return found
