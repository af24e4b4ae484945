"""Operator, account and user tokens, made from the table of tiers.

Each environment has two accounts: one owns JetStream (masters, publishers, operators), the other
only imports (peels, viewers, bootstrap). The server checks the subject somebody publishes to, never
the reply subject it then answers on: only the second account keeps an answer from being stored.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from zester.trust.crossing import control_exports, leaf_imports, peel_imports
from zester.trust.nkeys import KeyPair
from zester.trust.tiers import NAME, Tier, Verb, patterns
from zester.trust.tokens import mint

UNLIMITED = {
    "subs": -1,
    "data": -1,
    "payload": -1,
    "imports": -1,
    "exports": -1,
    "wildcards": True,
    "conn": -1,
    "leaf": -1,
}
STORAGE = {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
OPEN_USER = {"subs": -1, "data": -1, "payload": -1}

CLIENTS = ["STANDARD"]
"""How users of the tiers connect: never as a server, which would speak for others."""

RESPONSES = {"max": 1024, "ttl": 60_000_000_000}
"""How many answers a master may give to one request, and for how many nanoseconds."""

LEAF_ASKS = ("$SYS.REQ.CLAIMS.PACK",)
LEAF_HEARS = ("$SYS.REQ.CLAIMS.UPDATE", "$SYS._INBOX.>")
"""A leaf server's part in the system account: account tokens as they change or were missed."""

SYSTEM_EXPORTS: tuple[dict[str, Any], ...] = (
    {
        "name": "account-monitoring-services",
        "subject": "$SYS.REQ.ACCOUNT.*.*",
        "type": "service",
        "response_type": "Stream",
        "account_token_position": 4,
    },
)


def operator_token(operator: KeyPair, signing: Sequence[str], system: str, name: str) -> str:
    """Return the operator's token: the keys ``signing`` may sign accounts in its place."""
    nats = {"type": "operator", "signing_keys": list(signing), "system_account": system}
    return mint(operator, operator.public, name, nats)


def system_account_token(
    issuer: KeyPair,
    account: str,
    *,
    revoked: Mapping[str, int] | None = None,
    now: float | None = None,
) -> str:
    """Return the token of the account in which the server itself answers."""
    nats: dict[str, Any] = {
        "type": "account",
        "exports": list(SYSTEM_EXPORTS),
        "limits": dict(UNLIMITED),
    }
    if revoked:
        nats["revocations"] = dict(revoked)
    return mint(issuer, account, "SYS", nats, now=now)


def control_account_token(
    issuer: KeyPair,
    account: str,
    env: str,
    signing: Mapping[str, Tier],
    *,
    revoked: Mapping[str, int] | None = None,
    now: float | None = None,
) -> str:
    """Return the token of the account that owns JetStream.

    ``signing`` maps public signing keys to the tiers they vouch for; ``revoked`` user keys to the
    Unix time before which their tokens are void.
    """
    nats: dict[str, Any] = {
        "type": "account",
        "exports": control_exports(),
        "limits": {**UNLIMITED, **STORAGE},
        "signing_keys": _scopes(signing),
    }
    if revoked:
        nats["revocations"] = dict(revoked)
    return mint(issuer, account, f"CTL-{env}", nats, now=now)


def nodes_account_token(
    issuer: KeyPair,
    account: str,
    control: str,
    env: str,
    signing: Mapping[str, Tier],
    *,
    revoked: Mapping[str, int] | None = None,
    now: float | None = None,
) -> str:
    """Return the token of the account of peels: no JetStream, imports from ``control`` only."""
    nats: dict[str, Any] = {
        "type": "account",
        "imports": peel_imports(control),
        "limits": dict(UNLIMITED),
        "signing_keys": _scopes(signing),
    }
    if revoked:
        nats["revocations"] = dict(revoked)
    return mint(issuer, account, f"NODES-{env}", nats, now=now)


def leaf_account_token(
    issuer: KeyPair, account: str, control: str, env: str, site: str, *, now: float | None = None
) -> str:
    """Return the token of a leaf site's account: what its server may say and see, no more."""
    nats: dict[str, Any] = {
        "type": "account",
        "imports": leaf_imports(control, site),
        "limits": dict(UNLIMITED),
    }
    return mint(issuer, account, f"LEAF-{env}-{site}", nats, now=now)


def closed_account_token(issuer: KeyPair, account: str, name: str, *, now: float) -> str:
    """Return the token of an account that lets nobody in any more and reaches nothing."""
    nats = {"type": "account", "limits": dict(UNLIMITED), "revocations": {"*": int(now)}}
    return mint(issuer, account, name, nats, now=now)


def leaf_user_token(account: KeyPair, user: str, site: str) -> str:
    """Return the token with which a leaf server calls the hub; its account is the limit."""
    nats = {"type": "user", "allowed_connection_types": ["LEAFNODE"], **OPEN_USER}
    return mint(account, user, site, nats)


def site_user_token(account: KeyPair, user: str, name: str, *, expires: float) -> str:
    """Return the token of somebody who looks after a leaf site through its account."""
    return mint(account, user, name, {"type": "user", **OPEN_USER}, expires=expires)


def leaf_system_token(system: KeyPair, user: str, site: str) -> str:
    """Return the token with which a leaf server hears of new account tokens, no more."""
    nats = {
        "type": "user",
        "pub": {"allow": list(LEAF_ASKS)},
        "sub": {"allow": list(LEAF_HEARS)},
        "allowed_connection_types": ["LEAFNODE"],
        **OPEN_USER,
    }
    return mint(system, user, site, nats)


def user_token(
    issuer: KeyPair,
    account: str,
    user: str,
    name: str,
    *,
    expires: float | None,
    now: float | None = None,
) -> str:
    """Return a user's token under a tier's signing key; ``name`` is one subject token."""
    nats = {"type": "user", "issuer_account": account}
    return mint(issuer, user, name, nats, expires=expires, now=now)


def system_user_token(issuer: KeyPair, user: str, name: str, *, expires: float | None) -> str:
    """Return the token of a user who may replace account tokens and see connections."""
    nats = {
        "type": "user",
        "pub": {"allow": ["$SYS.REQ.>"]},
        "sub": {"allow": [f"_INBOX_{name}.>"]},
        "allowed_connection_types": CLIENTS,
        **OPEN_USER,
    }
    return mint(issuer, user, name, nats, expires=expires)


def guest_token(issuer: KeyPair, user: str, name: str) -> str:
    """Return the bearer token of those who have no credentials yet: they may only ask to enrol.

    Signed by the account itself: the server takes no scoped token for ``default_sentinel``.
    """
    nats = {
        "type": "user",
        "pub": {"allow": [each.replace(NAME, name) for each in _publish(Tier.BOOTSTRAP)]},
        "sub": {"allow": [each.replace(NAME, name) for each in _subscribe(Tier.BOOTSTRAP)]},
        "bearer_token": True,
        "allowed_connection_types": CLIENTS,
        **OPEN_USER,
    }
    return mint(issuer, user, name, nats)


def template(tier: Tier) -> dict[str, Any]:
    """Return what the server lets every user of a tier do."""
    permissions: dict[str, Any] = {
        "pub": {"allow": list(_publish(tier))},
        "sub": {"allow": list(_subscribe(tier))},
        "allowed_connection_types": CLIENTS,
        **OPEN_USER,
    }
    if tier is Tier.MASTER:
        permissions["resp"] = dict(RESPONSES)
    return permissions


def lifetime_end(seconds: float | None) -> float | None:
    """Return the Unix time that a token made now ends at."""
    return None if seconds is None else time.time() + seconds


def _publish(tier: Tier) -> tuple[str, ...]:
    return patterns(tier, Verb.PUBLISH)


def _subscribe(tier: Tier) -> tuple[str, ...]:
    return patterns(tier, Verb.SUBSCRIBE)


def _scopes(signing: Mapping[str, Tier]) -> list[dict[str, Any]]:
    return [
        {"kind": "user_scope", "key": key, "role": tier.value, "template": template(tier)}
        for key, tier in sorted(signing.items())
    ]
