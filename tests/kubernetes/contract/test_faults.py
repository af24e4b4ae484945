"""What a test can let go wrong."""

from __future__ import annotations

import json
import time

import aiohttp
import anyio
import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.faults import Fate
from support.kubernetes.gadget import gadget
from support.kubernetes.server import ApiServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (401, "Unauthorized"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
    ],
)
async def test_requests_fail_for_a_while(
    client: Client, place: Place, double: ApiServer, code: int, reason: str
) -> None:
    with double.faults.answering(code, retry_after=7):
        failed = await client.get(place.all)
    again = await client.get(place.all)

    assert (failed.code, failed.body["reason"]) == (code, reason)
    assert failed.headers["Retry-After"] == "7"
    assert again.code == 200


async def test_only_some_requests_fail_and_only_a_few_times(
    client: Client, place: Place, double: ApiServer
) -> None:
    await client.create(place.all, gadget("one"))

    with double.faults.answering(500, where=lambda user, ask: ask.verb == "list", times=2):
        codes = [(await client.get(place.all)).code for _ in range(3)]
        other = await client.get(place.one("one"))

    assert codes == [500, 500, 200]
    assert other.code == 200


async def test_a_failed_write_wrote_nothing_but_a_lost_answer_did(
    client: Client, place: Place, double: ApiServer
) -> None:
    with double.faults.answering(503):
        await client.create(place.all, gadget("one"))
    with double.faults.answering(504, after=True):
        lost = await client.create(place.all, gadget("two"))

    assert lost.code == 504
    assert (await client.get(place.one("one"))).code == 404
    assert (await client.get(place.one("two"))).code == 200


async def test_answers_are_late(client: Client, place: Place, double: ApiServer) -> None:
    start = time.monotonic()
    with double.faults.slow(0.3):
        await client.get(place.all)

    assert time.monotonic() - start >= 0.3


async def test_a_frozen_server_answers_when_it_thaws(
    client: Client, place: Place, double: ApiServer
) -> None:
    answers = []

    async def create() -> None:
        answers.append(await client.create(place.all, gadget("one")))

    async with client.watch(place.all) as events, anyio.create_task_group() as group:
        await double.faults.until_watched("gadgets")
        with double.faults.frozen():
            group.start_soon(create)
            with anyio.move_on_after(0.3) as waited:
                await anext(events)
            assert waited.cancelled_caught
            assert answers == []

    assert [answer.code for answer in answers] == [201]


async def test_a_watch_is_cut_between_lines(
    client: Client, place: Place, double: ApiServer
) -> None:
    async with client.watch(place.all) as events:
        await double.faults.until_watched("gadgets")
        assert double.faults.end_watches() == 1
        with pytest.raises((aiohttp.ClientPayloadError, StopAsyncIteration)):
            await anext(events)


async def test_a_watch_is_torn_in_the_middle_of_a_line(
    client: Client, place: Place, double: ApiServer
) -> None:
    async with client.watch(place.all) as events:
        await double.faults.until_watched("gadgets")
        double.faults.end_watches(Fate.TORN)
        with pytest.raises((aiohttp.ClientPayloadError, json.JSONDecodeError)):
            await anext(events)


async def test_a_watch_expires(client: Client, place: Place, double: ApiServer) -> None:
    async with client.watch(place.all) as events:
        await double.faults.until_watched("gadgets")
        double.faults.end_watches(Fate.EXPIRED)
        found = [event async for event in events]

    assert [event["object"]["code"] for event in found] == [410]


async def test_deletions_are_lost(client: Client, place: Place, double: ApiServer) -> None:
    await client.create(place.all, gadget("one"))
    start = (await client.get(place.all)).metadata["resourceVersion"]

    async with client.watch(place.all, resourceVersion=start) as events:
        double.faults.drop_deletions = True
        await client.delete(place.one("one"))
        await client.create(place.all, gadget("two"))
        first = await anext(events)

    assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", "two")


async def test_bookmarks_do_not_come(client: Client, place: Place, double: ApiServer) -> None:
    double.faults.bookmarks = False

    async with client.watch(place.all, allowWatchBookmarks="true", timeoutSeconds=1) as events:
        found = [event async for event in events]

    assert found == []


async def test_a_server_that_stops_comes_back_with_everything(
    client: Client, place: Place, double: ApiServer
) -> None:
    await client.create(place.all, gadget("one"))

    await double.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.get(place.one("one"))
    await double.start()

    assert (await client.get(place.one("one"))).code == 200


async def test_a_server_without_streaming_lists_refuses_them(
    tmp_path_factory: pytest.TempPathFactory, double: ApiServer
) -> None:
    folder = tmp_path_factory.mktemp("old")
    old = ApiServer(folder, double.cluster.schemas, watch_list=False)
    async with old, Client.of(old.kubeconfig()) as session:
        answer = await session.get(
            "/api/v1/namespaces",
            watch="true",
            sendInitialEvents="true",
            resourceVersionMatch="NotOlderThan",
        )

    assert answer.code == 422
    assert "WatchList feature gate" in answer.body["message"]


async def test_nobody_else_trusts_the_server(double: ApiServer) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(double.url + "/version")
