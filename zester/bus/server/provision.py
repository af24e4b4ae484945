"""Make the buckets and streams be as the tables say."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from zester.bus.api import call_api, error_code, raise_refusal
from zester.bus.buckets import BUCKETS, STREAMS, Bucket, Stream
from zester.bus.link.connection import Bus
from zester.errors import BusRefused
from zester.trust.crossing import HUB

log = logging.getLogger(__name__)

NAME_IN_USE = 10058
NOT_ENOUGH_SERVERS = frozenset({10005, 10023, 10074})
NO_ROOM = 10047
"""The server promises a stream's ``max_bytes`` in advance, from three quarters of its disk."""

LEAST_BYTES = 8 * 1024**2
MAX_REPLICAS = 3


async def provision(
    bus: Bus, tables: Sequence[Bucket | Stream] = (*BUCKETS, *STREAMS), *, timeout: float = 10.0
) -> bool:
    """Create what is missing, update what differs; safe to run any number of times.

    Every bucket gets min(3, cluster size) replicas; one that has fewer, because it was made while
    servers were missing, gets the rest when they are there. Returns whether all have what the
    tables say; False in a cluster while it has too few servers. Raises BusRefused, BusUnavailable.
    """
    await _check_place(bus, timeout)
    return all([await _ensure(bus, table, timeout) for table in tables])


async def _ensure(bus: Bus, table: Bucket | Stream, timeout: float) -> bool:
    """Make one as the table says; return whether it has all its replicas."""
    most = replicas = MAX_REPLICAS if bus.cluster else 1
    while True:
        answer = await _fit(bus, table.config(replicas), timeout)
        if replicas == 1 or error_code(answer) not in NOT_ENOUGH_SERVERS:
            break
        replicas -= 1  # fewer servers than that; the cluster itself knows best how many
    raise_refusal(answer, f"stream {table.config(replicas)['name']}")
    return replicas == most


async def _fit(bus: Bus, config: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Create or update; with an eighth of the room, and an eighth of that, on a small disk."""
    while True:
        answer = await call_api(bus, f"STREAM.CREATE.{config['name']}", config, timeout=timeout)
        created = not error_code(answer)
        if error_code(answer) == NAME_IN_USE:
            answer = await _update(bus, config, timeout)
        room = config.get("max_bytes", 0)
        if error_code(answer) != NO_ROOM or room <= LEAST_BYTES:
            if created and room:
                log.info("stream made", extra={"stream": config["name"], "max_bytes": room})
            return answer
        config = {**config, "max_bytes": room // 8}


async def _update(bus: Bus, config: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Change only what our table says; settings that an operator added stay."""
    info = await call_api(bus, f"STREAM.INFO.{config['name']}", timeout=timeout)
    raise_refusal(info, f"stream {config['name']}")
    current = info["config"]
    # More replicas than the table's are a decision somebody made; fewer are a lack of servers.
    kept = int(current.get("num_replicas", 1))
    merged = {**current, **config, "num_replicas": max(kept, config["num_replicas"])}
    if merged == current:
        return info
    answer = await call_api(bus, f"STREAM.UPDATE.{config['name']}", merged, timeout=timeout)
    if not error_code(answer):
        told = {"stream": config["name"], "replicas": merged["num_replicas"]}
        log.info("stream configuration updated", extra=told)
    return answer


async def _check_place(bus: Bus, timeout: float) -> None:
    """Refuse to make buckets on the server of a leaf site: they would hide those of the hub."""
    info = await call_api(bus, "INFO", timeout=timeout)
    domain = info.get("domain", HUB)
    if domain != HUB:
        raise BusRefused(
            f"this is the server of leaf site {domain}: buckets belong to the hub",
            hint="let masters connect to the servers that the trust folder names",
        )


async def consumer_count(bus: Bus, stream: str) -> int:
    """Return how many consumers a stream has, as the server counts them."""
    info = await call_api(bus, f"STREAM.INFO.{stream}", timeout=5.0)
    raise_refusal(info, stream)
    return int(info["state"]["consumer_count"])
