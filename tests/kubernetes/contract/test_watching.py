"""Watches: from where they start, what they tell, how they end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget
from support.kubernetes.objects.json_value import Json
from support.kubernetes.server import ApiServer

pytestmark = pytest.mark.anyio


async def some(events: AsyncIterator[Json], count: int) -> list[Json]:
    """Return the next events that are no bookmarks."""
    found: list[Json] = []
    async for event in events:
        if event["type"] != "BOOKMARK":
            found.append(event)
        if len(found) == count:
            break
    return found


def told(events: list[Json]) -> list[tuple[str, str]]:
    return [(event["type"], event["object"]["metadata"]["name"]) for event in events]


async def version(client: Client, place: Place) -> str:
    return str((await client.get(place.all)).metadata["resourceVersion"])


async def test_a_watch_tells_every_change_after_its_version(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("before"))
    start = await version(client, place)

    async with client.watch(place.all, resourceVersion=start) as events:
        await client.create(place.all, gadget("one", text="a"))
        await client.merge(place.one("one"), {"spec": {"text": "b"}})
        await client.merge(place.one("one"), {"spec": {"text": "b"}})
        await client.merge(place.status("one"), {"status": {"seen": "me"}})
        await client.delete(place.one("one"))
        found = await some(events, 4)

    assert told(found) == [
        ("ADDED", "one"),
        ("MODIFIED", "one"),
        ("MODIFIED", "one"),
        ("DELETED", "one"),
    ]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in found]
    assert versions == sorted(set(versions))
    assert found[-1]["object"]["spec"]["text"] == "b"


async def test_a_watch_without_a_version_starts_with_what_is_there(
    client: Client, place: Place
) -> None:
    await client.create(place.all, gadget("one"))
    await client.create(place.all, gadget("two"))

    async with client.watch(place.all) as events:
        await client.delete(place.one("one"))
        found = await some(events, 3)

    assert told(found) == [("ADDED", "one"), ("ADDED", "two"), ("DELETED", "one")]


async def test_a_deletion_with_finalizers_is_a_change_first(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", {"finalizers": ["contract.zester.dev/held"]}))
    start = await version(client, place)

    async with client.watch(place.all, resourceVersion=start) as events:
        await client.delete(place.one("one"))
        await client.merge(place.one("one"), {"metadata": {"finalizers": None}})
        found = await some(events, 2)

    assert told(found) == [("MODIFIED", "one"), ("DELETED", "one")]
    assert found[0]["object"]["metadata"]["deletionTimestamp"]


async def test_what_leaves_a_selector_is_deleted_for_its_watch(
    client: Client, place: Place
) -> None:
    await client.create(place.all, gadget("one"))
    start = await version(client, place)

    async with client.watch(place.all, resourceVersion=start, labelSelector="a=b") as events:
        await client.merge(place.one("one"), {"metadata": {"labels": {"a": "b"}}})
        await client.merge(place.one("one"), {"spec": {"text": "x"}})
        await client.merge(place.one("one"), {"metadata": {"labels": None}})
        found = await some(events, 3)

    assert told(found) == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one")]


async def test_other_namespaces_are_not_told(client: Client, place: Place) -> None:
    start = await version(client, place)
    elsewhere = place.all.replace(place.namespace, "default")

    async with client.watch(place.all, resourceVersion=start) as events:
        await client.create(elsewhere, gadget("other"))
        await client.create(place.all, gadget("one"))
        found = await some(events, 1)
    await client.delete(elsewhere + "/other")

    assert told(found) == [("ADDED", "one")]


async def test_a_watch_ends_when_its_time_is_over(client: Client, place: Place) -> None:
    start = await version(client, place)

    async with client.watch(place.all, resourceVersion=start, timeoutSeconds=1) as events:
        found = [event async for event in events]

    assert found == []


async def test_initial_events_end_with_a_bookmark(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one"))

    async with client.watch(
        place.all,
        sendInitialEvents="true",
        resourceVersionMatch="NotOlderThan",
        allowWatchBookmarks="true",
    ) as events:
        found = []
        async for event in events:
            found.append(event)
            if event["type"] == "BOOKMARK":
                break

    assert [event["type"] for event in found] == ["ADDED", "BOOKMARK"]
    assert found[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_initial_events_need_a_match(client: Client, place: Place) -> None:
    answer = await client.get(place.all, watch="true", sendInitialEvents="true")

    assert (answer.code, answer.body["reason"]) == (422, "Invalid")


async def test_bookmarks_carry_the_version_of_now(
    client: Client, place: Place, double: ApiServer
) -> None:
    start = await version(client, place)
    await client.create(
        place.core("configmaps"),
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "other"},
        },
    )

    async with client.watch(place.all, resourceVersion=start, allowWatchBookmarks="true") as events:
        bookmark = await anext(events)

    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["kind"] == "Gadget"
    assert int(bookmark["object"]["metadata"]["resourceVersion"]) > int(start)


async def test_a_version_from_before_a_compaction_is_an_error_in_the_stream(
    client: Client, place: Place, double: ApiServer
) -> None:
    start = await version(client, place)
    await client.create(place.all, gadget("one"))
    double.cluster.store.compact()

    async with client.watch(place.all, resourceVersion=start) as events:
        found = [event async for event in events]

    [event] = found
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")


async def test_a_version_of_the_future_waits(client: Client, place: Place) -> None:
    start = int(await version(client, place))

    async with client.watch(place.all, resourceVersion=start + 1000, timeoutSeconds=1) as events:
        await client.create(place.all, gadget("one"))
        found = [event async for event in events]

    assert found == []
