"""The one table of who may do what: tier x verb x subject pattern.

The server's permissions are generated from it (``zester.trust.accounts``), and every receiver of a
signed document checks the signer against its SIGN rows. ``{{name()}}`` stands for the user's own
name: one token, for a peel its escaped node id. SIGN patterns are places, ``<bucket>.<key>``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from enum import Enum, StrEnum

from zester.dataclass import dataclass

NAME = "{{name()}}"


class Tier(StrEnum):
    """What kind of user somebody is; the value is the role of the tier's signing key."""

    MASTER = "master"
    PUBLISHER = "publisher"
    OPERATOR = "operator"
    VIEWER = "viewer"
    PEEL = "peel"
    BOOTSTRAP = "bootstrap"


class Verb(Enum):
    """PUBLISH and SUBSCRIBE are enforced by the server, SIGN by whoever receives."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"
    SIGN = "sign"


CONTROL = frozenset({Tier.MASTER, Tier.PUBLISHER, Tier.OPERATOR})
"""Tiers in the account that owns JetStream; the others live in the one that only imports."""


def person_name(tier: Tier, name: str) -> str:
    """Return what the token of somebody who did not enrol is called: one subject token.

    Some share the account, and so the form of the inbox, with peels; no node id has a slash.
    """
    return name if tier in CONTROL else f"{tier.value}/{name}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: this tier may do this with subjects that match ``pattern``."""

    tier: Tier
    verb: Verb
    pattern: str


_GET = "$JS.API.DIRECT.GET"


def _own(bucket: str) -> str:
    """Direct get of exactly one's own key."""
    return f"{_GET}.KV_{bucket}.$KV.{bucket}.{NAME}"


_PUBLISH: dict[Tier, tuple[str, ...]] = {
    Tier.MASTER: ("$JS.API.>", "$KV.>", "live.>", "zester.>"),
    Tier.PUBLISHER: (
        *(f"{_GET}.KV_{name}" for name in ("heads", "blobs", "trust", "keyring", "status")),
        *(f"{_GET}.KV_{name}.>" for name in ("heads", "blobs", "trust", "keyring", "status")),
        *(f"{_GET}.KV_{name}" for name in ("leases", "facts", "rollups")),
        "$JS.API.STREAM.INFO.KV_blobs",
        "$KV.heads.*.*",
        "$KV.blobs.*",
        "live.heads.*.*",
        "zester.keyring.ensure",
        *(f"{_GET}.KV_roles", f"{_GET}.KV_roles.>", "$KV.roles.*", "live.roles.*"),
    ),
    Tier.OPERATOR: (
        *(
            form.format(_GET, name)
            for name in (
                *("heads", "blobs", "trust", "keyring", "facts", "status", "leases", "rollups"),
                *("nodes", "enrollments", "tokens", "basket", "jobs", "durable", "roles"),
                *("maintenance", "slots"),
            )
            for form in ("{}.KV_{}", "{}.KV_{}.>")
        ),
        f"{_GET}.EVENTS",
        f"{_GET}.EVENTS.>",
        *(f"$JS.API.STREAM.INFO.KV_{name}" for name in ("facts", "leases")),
        "$KV.enrollments.*",
        "$KV.tokens.*",
        "$KV.nodes.*",
        "$KV.maintenance.*",
        "$KV.status.*",
        "$KV.facts.*",
        "zester.event.operator.>",
        *(f"{_GET}.JOBS", f"{_GET}.JOBS.>", "$KV.jobs.*", "$KV.durable.*", "live.jobs.*"),
        *("zester.job.*.expected", "zester.fleet.find"),
    ),
    Tier.VIEWER: (
        *(f"{_GET}.KV_{name}" for name in ("heads", "status", "leases", "rollups", "trust")),
        *(f"{_GET}.KV_{name}.>" for name in ("heads", "status", "rollups", "trust")),
    ),
    Tier.PEEL: (
        *(f"{_GET}.KV_{name}" for name in ("heads", "blobs", "trust", "durable", "roles", "slots")),
        *(_own(name) for name in ("nodes", "grants", "maintenance")),
        f"{_GET}.EVENTS.zester.event.{NAME}.run",
        f"$KV.facts.{NAME}",
        f"$KV.status.{NAME}",
        f"$KV.leases.peel.{NAME}",
        f"$KV.slots.*.{NAME}",
        f"$KV.basket.{NAME}.*",
        f"zester.event.{NAME}.>",
        f"zester.renew.{NAME}",
        f"zester.job.*.return.{NAME}",
        f"zester.job.*.accepted.{NAME}",
        f"zester.job.*.output.{NAME}.*",
    ),
    Tier.BOOTSTRAP: (f"zester.enroll.{NAME}",),
}

_SUBSCRIBE: dict[Tier, tuple[str, ...]] = {
    Tier.MASTER: ("$KV.>", "live.>", "zester.>"),
    Tier.PUBLISHER: ("live.status.*", "live.heads.*.*"),
    Tier.OPERATOR: ("live.>", "zester.event.>", "zester.job.>"),
    Tier.VIEWER: ("live.heads.*.*", "live.status.*"),
    Tier.PEEL: (
        "live.heads.*.*",
        "live.trust.*",
        "live.jobs.*",
        "live.roles.*",
        f"live.nodes.{NAME}",
        f"live.grants.{NAME}",
        f"live.maintenance.{NAME}",
    ),
    Tier.BOOTSTRAP: (),
}

_SIGN: dict[Tier, tuple[str, ...]] = {
    Tier.MASTER: (
        *("grants.*", "nodes.*", "keyring.*.*", "enrollments.*", "answers.*", "trust.fresh"),
        *("tokens.*.used", "roles.*", "maintenance.*", "fleet.*"),
        "objects.*.*.*.*",
    ),
    Tier.PUBLISHER: ("heads.*.*", "roles.*"),
    Tier.OPERATOR: ("nodes.*", "maintenance.*", "enrollments.*", "tokens.*", "jobs.*"),
    Tier.VIEWER: (),
    Tier.PEEL: (),
    Tier.BOOTSTRAP: (),
}


def _rows() -> tuple[Row, ...]:
    own_inbox = {tier: (f"_INBOX_{NAME}.>",) for tier in Tier}
    tables = (
        (Verb.PUBLISH, _PUBLISH),
        (Verb.SUBSCRIBE, own_inbox),
        (Verb.SUBSCRIBE, _SUBSCRIBE),
        (Verb.SIGN, _SIGN),
    )
    return tuple(
        Row(tier, verb, pattern)
        for verb, table in tables
        for tier, patterns in table.items()
        for pattern in patterns
    )


TABLE: tuple[Row, ...] = _rows()


@functools.cache
def _split(tier: Tier, verb: Verb) -> tuple[tuple[tuple[str, ...], bool], ...]:
    """Return the parts of each pattern, and whether a user's own name is among them."""
    found = patterns(tier, verb)
    return tuple((tuple(pattern.split(".")), NAME in pattern) for pattern in found)


@functools.cache
def patterns(tier: Tier, verb: Verb) -> tuple[str, ...]:
    """Return what a tier may do with a verb."""
    return tuple(row.pattern for row in TABLE if row.tier is tier and row.verb is verb)


def allowed(tier: Tier, verb: Verb, subject: str, *, name: str = "") -> bool:
    """Return whether the table lets a user called ``name`` (one token) do this.

    A publisher called ``kube/prod`` signs heads of sources below that name and nothing else.
    """
    if tier is Tier.PUBLISHER and verb is Verb.SIGN and "/" in name:
        bucket, _, key = subject.partition(".")
        return bucket == "heads" and key.partition(".")[2].startswith(f"{name}/")
    given = subject.split(".")
    for pattern, personal in _split(tier, verb):
        if personal:
            if not name:
                continue
            pattern = tuple(".".join(pattern).replace(NAME, name).split("."))
        if _matches(pattern, given):
            return True
    return False


def matches(pattern: str, subject: str) -> bool:
    """Return whether a subject is one that a pattern (``*`` one token, ``>`` the rest) means."""
    return _matches(pattern.split("."), subject.split("."))


def _matches(wanted: Sequence[str], given: Sequence[str]) -> bool:
    for place, part in enumerate(wanted):
        if part == ">":
            return len(given) > place
        if place >= len(given) or (part != "*" and part != given[place]):
            return False
    return len(wanted) == len(given)
