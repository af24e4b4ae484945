"""The copies of buckets that a leaf site has, so that its peels read near them."""

from __future__ import annotations

import json
from typing import Any

from zester.bus.api import error_code, parse_answer, raise_refusal
from zester.bus.buckets import BUCKETS, JOBS, Bucket
from zester.bus.link.connection import Bus
from zester.bus.server.provision import NAME_IN_USE
from zester.errors import BusRefused
from zester.trust.crossing import DELIVERED, MIRROR_API, MIRRORED

TIMEOUT = 10.0

HINTED = {"heads": "heads", "trust": "trust", "roles": "roles", "durable": JOBS.name}
"""Of which bucket the site's peels take what arrives in a mirror for news, and as what.

What waits for a peel in ``durable`` is what its listener would have heard as a job.
"""


async def ensure_mirrors(bus: Bus, site: str) -> list[str]:
    """Make the mirrors that a leaf site lacks; return their buckets.

    ``bus`` is a user of the site's account, on either side. Raises BusUnavailable while the site
    is not connected, BusRefused when it has something else under a mirror's name.
    """
    made: list[str] = []
    for bucket in BUCKETS:
        if bucket.name in MIRRORED and await _ensure(bus, site, bucket):
            made.append(bucket.name)
    return made


async def _ensure(bus: Bus, site: str, bucket: Bucket) -> bool:
    what = f"mirror {bucket.name} of {site}"
    answer = await _ask(bus, site, f"STREAM.CREATE.{bucket.stream}", _config(bucket, site), what)
    if error_code(answer) != NAME_IN_USE:
        raise_refusal(answer, what)
        return True
    found = await _ask(bus, site, f"STREAM.INFO.{bucket.stream}", None, what)
    raise_refusal(found, what)
    if "mirror" not in found["config"]:
        raise BusRefused(
            f"{site} has a bucket {bucket.name} of its own, which is no mirror",
            hint=f"stop its server, remove data/jetstream in its folder, start it again: {site} "
            "holds nothing but copies",
        )
    return False


async def _ask(
    bus: Bus, site: str, operation: str, body: dict[str, Any] | None, what: str
) -> dict[str, Any]:
    data = json.dumps(body).encode() if body is not None else b""
    subject = f"$JS.{site}.API.{operation}"
    return parse_answer(await bus.request(subject, data, timeout=TIMEOUT), what)


def _config(bucket: Bucket, site: str) -> dict[str, Any]:
    source = {"api": MIRROR_API, "deliver": f"{DELIVERED}.{site}"}
    config: dict[str, Any] = {
        "name": bucket.stream,
        "retention": "limits",
        "storage": "file",
        "discard": "new",
        "max_msgs_per_subject": bucket.history,
        "num_replicas": 1,
        "allow_direct": True,
        "mirror_direct": True,
        "allow_msg_ttl": bucket.ttl,
        "mirror": {"name": bucket.stream, "external": source},
    }
    if bucket.name in HINTED:
        hints = f"live.{HINTED[bucket.name]}.>"
        config["republish"] = {"src": bucket.subject(">"), "dest": hints}
    return config
