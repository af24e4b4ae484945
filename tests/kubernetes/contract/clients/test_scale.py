"""Two thousand objects are nothing special."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import anyio
import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Answer, Client
from support.kubernetes.gadget import condition, gadget
from support.kubernetes.server import ApiServer

pytestmark = pytest.mark.anyio

COUNT = 2000


@pytest.mark.timeout(300)
async def test_two_thousand_objects_are_made_listed_watched_and_deleted(
    client: Client, place: Place, double: ApiServer
) -> None:
    start = (await client.get(place.all)).metadata["resourceVersion"]
    spent = time.process_time()
    await many(lambda n: client.create(place.all, gadget(f"g{n}", text="a")))
    await many(
        lambda n: client.apply(
            place.status(f"g{n}"),
            {**gadget(f"g{n}"), "status": {"conditions": [condition("Ready")]}},
            manager="us",
        )
    )

    whole = await client.get(place.all)
    pages, token = 0, ""
    while pages == 0 or token:
        page = await client.get(place.all, limit=500, **({"continue": token} if token else {}))
        token = page.metadata.get("continue", "")
        pages += 1
    counts = {"ADDED": 0, "MODIFIED": 0}
    async with client.watch(place.all, resourceVersion=start) as events:
        async for event in events:
            counts[event["type"]] += 1
            if sum(counts.values()) == 2 * COUNT:
                break
    await client.delete(place.all)
    left = await client.get(place.all)

    assert len(whole.body["items"]) == COUNT
    assert pages == 4
    assert counts == {"ADDED": COUNT, "MODIFIED": COUNT}
    assert left.body["items"] == []
    # Both sides together; a quadratic server needs minutes.
    assert time.process_time() - spent < 60


async def many(write: Callable[[int], Awaitable[Answer]]) -> None:
    """Do a write for every number, 16 at a time."""
    numbers = iter(range(COUNT))

    async def worker() -> None:
        for number in numbers:
            assert (await write(number)).code in (200, 201)

    async with anyio.create_task_group() as group:
        for _ in range(16):
            group.start_soon(worker)
