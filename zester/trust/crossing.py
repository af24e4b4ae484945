"""What crosses from account to account, and with a leaf site from server to server.

Peels live in an account that only imports. Under which subject an import reaches the account that
owns JetStream decides who answers on a leaf server, where both accounts are as well: what sites
mirror goes to the server's own JetStream, everything else to that of the hub, by its domain. So a
peel behind a leaf says the same as any other, and nothing is stored twice.
"""

from __future__ import annotations

from typing import Any

from zester.trust.tiers import CONTROL, NAME, TABLE, Verb

HUB = "hub"
"""The JetStream domain of the servers that own the buckets; a leaf site's is its name."""

MIRRORED = ("heads", "blobs", "trust", "durable", "roles")
"""Buckets that a leaf site has a copy of: all peels may read all of it, nothing in it is secret."""

MIRROR_API = "zester.mirror.api"
"""Where a site asks for the copies; below ``DELIVERED.<site>`` they arrive."""

DELIVERED = "zester.mirror"

ASKED = ("zester.enroll.", "zester.renew.")
"""Subjects whose messages carry ``Nats-Request-Info``: who asks, from which address."""

_API, _KV, _GET = "$JS.API.", "$KV.", "$JS.API.DIRECT.GET.KV_"


def control_exports() -> list[dict[str, Any]]:
    """Return what the account that owns JetStream lets others import."""
    services = dict.fromkeys(
        (
            *(at_hub(subject) for subject in _crossing(Verb.PUBLISH)),
            *_through(),
            *(_consumer(bucket) for bucket in MIRRORED),
            *(_flow(bucket) for bucket in MIRRORED),
        )
    )
    streams = (*_crossing(Verb.SUBSCRIBE), f"{DELIVERED}.>")
    return [
        *(
            {"name": subject, "subject": subject, "type": "service", "response_type": "Stream"}
            for subject in services
        ),
        *({"name": subject, "subject": subject, "type": "stream"} for subject in streams),
    ]


def peel_imports(control: str) -> list[dict[str, Any]]:
    """Return what the account of the peels imports from ``control``."""
    return [
        *(_service(subject, control, at_hub(subject)) for subject in _crossing(Verb.PUBLISH)),
        *(_import(subject, control, "stream") for subject in _crossing(Verb.SUBSCRIBE)),
    ]


def leaf_imports(control: str, site: str) -> list[dict[str, Any]]:
    """Return what the account of a leaf site imports: what its peels say, and its mirrors."""
    return [
        *(_service(subject, control) for subject in _through()),
        *(_import(subject, control, "stream") for subject in _passed_on()),
        *(
            _import(
                _consumer(bucket).replace("$JS.API", MIRROR_API),
                control,
                "service",
                subject=_consumer(bucket),
            )
            for bucket in MIRRORED
        ),
        *(_import(_flow(bucket), control, "service") for bucket in MIRRORED),
        _import(f"{DELIVERED}.{site}.>", control, "stream"),
    ]


def at_hub(subject: str) -> str:
    """Return under which subject of the account with JetStream a peel's subject arrives."""
    if any(subject == f"{_GET}{name}" or _below(subject, name) for name in MIRRORED):
        return subject
    if subject.startswith(_API):
        return f"$JS.{HUB}.API.{subject.removeprefix(_API)}"
    if subject.startswith(_KV):
        return f"$JS.{HUB}.API.{subject}"
    return subject


def _below(subject: str, bucket: str) -> bool:
    return subject.startswith(f"{_GET}{bucket}.")


def _through() -> list[str]:
    """What goes from a site to the hub, as the hub knows it."""
    kept = (*(f"{_GET}{name}" for name in MIRRORED),)
    return [
        subject
        for subject in _crossing(Verb.PUBLISH)
        if subject not in kept and not any(_below(subject, name) for name in MIRRORED)
    ]


def _passed_on() -> list[str]:
    """Hints that the hub gives to a site; those about what is mirrored the mirrors give."""
    every = _crossing(Verb.SUBSCRIBE)
    return [subject for subject in every if subject.split(".")[1] not in MIRRORED]


def _consumer(bucket: str) -> str:
    return f"$JS.API.CONSUMER.CREATE.KV_{bucket}"


def _flow(bucket: str) -> str:
    return f"$JS.FC.KV_{bucket}.>"


def _crossing(verb: Verb) -> list[str]:
    """The subjects that tiers without JetStream use, for all of their users."""
    found = {
        row.pattern.replace(NAME, "*")
        for row in TABLE
        if row.tier not in CONTROL and row.verb is verb and not row.pattern.startswith("_INBOX_")
    }
    return sorted(found)


def _service(subject: str, account: str, theirs: str = "") -> dict[str, Any]:
    # Whoever answers questions learns from which address they come; what is stored must not.
    asked = subject.startswith(ASKED)
    more = {"share": True} if asked else {}
    return _import(subject, account, "service", subject=theirs or subject, **more)


def _import(
    local: str, account: str, kind: str, *, subject: str = "", **more: object
) -> dict[str, Any]:
    theirs = {"subject": subject or local, "local_subject": local}
    return {"name": local, **theirs, "account": account, "type": kind, **more}
