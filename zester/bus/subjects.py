"""Ask the server which of many keys exist, without reading their values."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import anyio

from zester.bus.buckets import Bucket
from zester.bus.connection import Bus
from zester.bus.keys import check_filter
from zester.errors import BusRefused

PARALLEL = 64
LIST_FROM = 500


async def missing_keys(bus: Bus, bucket: Bucket, keys: Collection[str]) -> set[str]:
    """Return those of ``keys`` that nothing is stored under. Not for peels: it asks the stream.

    A few keys are asked for one by one (0.2 ms each), many are found in the whole list (4 µs for
    each stored key). Raises BusUnavailable, BusRefused.
    """
    if len(keys) > LIST_FROM:
        return set(keys) - await _all_keys(bus, bucket)
    missing: set[str] = set()
    limiter = anyio.CapacityLimiter(PARALLEL)

    async def ask(key: str) -> None:
        async with limiter:
            state = await _state(bus, bucket, check_filter(key), 0)
        if not state.get("subjects"):
            missing.add(key)

    async with anyio.create_task_group() as tasks:
        for key in keys:
            tasks.start_soon(ask, key)
    return missing


async def _all_keys(bus: Bus, bucket: Bucket) -> set[str]:
    prefix = bucket.subject("")
    found: set[str] = set()
    while True:
        state = await _state(bus, bucket, ">", len(found))
        page = state.get("subjects") or {}
        found.update(subject.removeprefix(prefix) for subject in page)
        if not page or len(found) >= state["num_subjects"]:
            return found


async def _state(bus: Bus, bucket: Bucket, pattern: str, offset: int) -> dict[str, Any]:
    body = json.dumps({"subjects_filter": bucket.subject(pattern), "offset": offset}).encode()
    answer = await bus.request(f"$JS.API.STREAM.INFO.{bucket.stream}", body, timeout=30.0)
    info = json.loads(answer.data)
    if "error" in info:
        raise BusRefused(f"{bucket.name}: {info['error'].get('description', 'refused')}")
    state: dict[str, Any] = info["state"]
    return state
