"""Make the buckets and streams be as the tables say."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

from zester.bus.buckets import BUCKETS, STREAMS, Bucket, Stream
from zester.bus.connection import Bus
from zester.errors import BusRefused, BusUnavailable

log = logging.getLogger(__name__)

NAME_IN_USE = 10058
NOT_ENOUGH_SERVERS = frozenset({10005, 10023, 10074})
MAX_REPLICAS = 3


async def provision(
    bus: Bus, tables: Sequence[Bucket | Stream] = (*BUCKETS, *STREAMS), *, timeout: float = 10.0
) -> None:
    """Create what is missing, update what differs; safe to run any number of times.

    Every bucket gets min(3, cluster size) replicas. Raises BusRefused, BusUnavailable.
    """
    for table in tables:
        await _ensure(bus, table, timeout)


async def _ensure(bus: Bus, table: Bucket | Stream, timeout: float) -> None:
    wanted = range(MAX_REPLICAS, 0, -1) if bus.cluster else (1,)
    for replicas in wanted:
        config = table.config(replicas)
        answer = await _api(bus, f"STREAM.CREATE.{config['name']}", config, timeout)
        if _code(answer) == NAME_IN_USE:
            answer = await _update(bus, config, timeout)
        if _code(answer) in NOT_ENOUGH_SERVERS and replicas > 1:
            continue  # fewer servers than that; the cluster itself knows best how many
        _raise_for(answer, config["name"])
        return


async def _update(bus: Bus, config: dict[str, Any], timeout: float) -> dict[str, Any]:
    """Change only what our table says; settings that an operator added stay."""
    info = await _api(bus, f"STREAM.INFO.{config['name']}", None, timeout)
    _raise_for(info, config["name"])
    current = info["config"]
    # An existing number of replicas is a decision somebody made; scaling is done by hand.
    merged = {**current, **config, "num_replicas": current.get("num_replicas", 1)}
    if merged == current:
        return info
    log.info("stream configuration updated", extra={"stream": config["name"]})
    return await _api(bus, f"STREAM.UPDATE.{config['name']}", merged, timeout)


async def _api(
    bus: Bus, operation: str, body: dict[str, Any] | None, timeout: float
) -> dict[str, Any]:
    data = json.dumps(body).encode() if body is not None else b""
    answer = await bus.request(f"$JS.API.{operation}", data, timeout=timeout)
    parsed: dict[str, Any] = json.loads(answer.data)
    return parsed


def _code(answer: dict[str, Any]) -> int:
    return int(answer.get("error", {}).get("err_code", 0))


def _raise_for(answer: dict[str, Any], name: str) -> None:
    error = answer.get("error")
    if error is None:
        return
    text = f"stream {name}: {error.get('description', 'refused')}"
    if error.get("code") == 503:
        raise BusUnavailable(text)
    raise BusRefused(text)


async def consumer_count(bus: Bus, stream: str) -> int:
    """Return how many consumers a stream has, as the server counts them."""
    info = await _api(bus, f"STREAM.INFO.{stream}", None, 5.0)
    _raise_for(info, stream)
    return int(info["state"]["consumer_count"])
