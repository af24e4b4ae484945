"""Reads and writes against a real server."""

from __future__ import annotations

import anyio
import pytest

from zester.bus.buckets import BLOBS, FACTS, HEADS, LEASES, STATUS, Bucket
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.provision import consumer_count
from zester.bus.subjects import missing_keys
from zester.errors import BusRefused, InvalidDocument, RevisionConflict
from zester.resources.lease import Lease

pytestmark = pytest.mark.anyio


async def test_what_was_put_is_got_with_its_revision(bus: Bus) -> None:
    records = Records(bus, FACTS)

    revision = await records.put("web", b"value")
    record = await records.get("web")

    assert record is not None
    assert (record.key, record.value, record.revision) == ("web", b"value", revision)


async def test_a_key_that_was_never_written_is_none(bus: Bus) -> None:
    assert await Records(bus, FACTS).get("nobody") is None


async def test_an_empty_value_is_a_value(bus: Bus) -> None:
    records = Records(bus, FACTS)
    await records.put("web", b"")

    found = await records.get("web")

    assert found is not None
    assert found.value == b""


async def test_create_refuses_a_key_that_has_a_value(bus: Bus) -> None:
    records = Records(bus, HEADS)
    await records.create("base.cli", b"one")

    with pytest.raises(RevisionConflict):
        await records.create("base.cli", b"two")
    found = await records.get("base.cli")
    assert found is not None
    assert found.value == b"one"


async def test_a_deleted_key_is_gone_and_can_be_created_again(bus: Bus) -> None:
    records = Records(bus, HEADS)
    await records.create("base.cli", b"one")

    await records.delete("base.cli")

    assert await records.get("base.cli") is None
    await records.create("base.cli", b"two")
    found = await records.get("base.cli")
    assert found is not None
    assert found.value == b"two"


async def test_update_moves_only_over_the_revision_it_saw(bus: Bus) -> None:
    records = Records(bus, HEADS)
    first = await records.create("base.cli", b"one")
    second = await records.update("base.cli", b"two", first)

    with pytest.raises(RevisionConflict):
        await records.update("base.cli", b"lost", first)
    assert second > first


async def test_of_a_hundred_writers_at_once_exactly_one_wins(bus: Bus) -> None:
    records = Records(bus, HEADS)
    seen = await records.create("base.cli", b"start")
    won: list[int] = []

    async def write(number: int) -> None:
        try:
            await records.update("base.cli", str(number).encode(), seen)
        except RevisionConflict:
            return
        won.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(100):
            tasks.start_soon(write, number)

    found = await records.get("base.cli")
    assert found is not None
    assert [found.value] == [str(number).encode() for number in won]


async def test_many_keys_come_in_one_answer(bus: Bus) -> None:
    records = Records(bus, FACTS)
    for number in range(20):
        await records.put(f"web{number}", str(number).encode())

    found = await records.get_many(["web3", "web7", "absent"])

    assert {key: record.value for key, record in found.items()} == {"web3": b"3", "web7": b"7"}
    assert await records.get_many([]) == {}


async def test_a_wildcard_reads_the_newest_of_each_key_and_no_deleted_one(bus: Bus) -> None:
    records = Records(bus, HEADS)
    await records.put("base.cli", b"old")
    await records.put("base.cli", b"new")
    await records.put("base.git", b"git")
    await records.put("prod.cli", b"other")
    await records.delete("base.git")

    found = await records.get_many(["base.*"])

    assert {key: record.value for key, record in found.items()} == {"base.cli": b"new"}


async def test_a_scan_pages_through_more_keys_than_one_answer_holds(bus: Bus) -> None:
    records = Records(bus, FACTS)
    limiter = anyio.CapacityLimiter(64)

    async def put(number: int) -> None:
        async with limiter:
            await records.put(f"node{number}", str(number).encode())

    async with anyio.create_task_group() as tasks:
        for number in range(1203):
            tasks.start_soon(put, number)

    found = {record.key async for record in records.scan()}

    assert len(found) == 1203


async def test_a_scan_of_a_bucket_with_history_yields_only_the_newest(bus: Bus) -> None:
    records = Records(bus, HEADS)
    for number in range(5):
        await records.put("base.cli", str(number).encode())

    assert [record.value async for record in records.scan()] == [b"4"]
    versions = [record.value async for record in records.versions("base.cli")]
    assert versions == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_lease_runs_out_by_itself_and_leaves_the_key_free(bus: Bus) -> None:
    leases = Kv(bus, LEASES, Lease)
    key = make_key("role", "test")
    await leases.create(key, Lease(holder="a", renewed=0), ttl=1)

    with anyio.fail_after(30):
        while await leases.get(key) is not None:  # noqa: ASYNC110 - the server sends no event
            await anyio.sleep(0.05)
    await leases.create(key, Lease(holder="b", renewed=0), ttl=1)


async def test_a_document_of_another_kind_is_an_error_that_names_the_field(bus: Bus) -> None:
    await Records(bus, LEASES).put("peel.x", b'{"holder": 1}')

    with pytest.raises(InvalidDocument, match="holder"):
        await Kv(bus, LEASES, Lease).get("peel.x")


async def test_a_value_larger_than_the_bucket_takes_is_refused(bus: Bus) -> None:
    with pytest.raises(BusRefused):
        await Records(bus, FACTS).put("web", b"x" * (1024 * 1024 - 100) + b"y" * 200)


async def test_writing_to_a_pattern_is_refused(bus: Bus) -> None:
    with pytest.raises(BusRefused, match="pattern"):
        await Records(bus, FACTS).put("web.*", b"x")


@pytest.mark.parametrize("stored", [3, 700])
async def test_missing_keys_are_found_one_by_one_and_in_the_list(bus: Bus, stored: int) -> None:
    records = Records(bus, BLOBS)
    for number in range(stored):
        await records.put(f"k{number}", b"x")
    asked = {f"k{number}" for number in range(stored + 5)}

    missing = await missing_keys(bus, BLOBS, asked)

    assert missing == {f"k{number}" for number in range(stored, stored + 5)}


async def test_reading_and_writing_creates_no_consumer(bus: Bus) -> None:
    records = Records(bus, STATUS)
    await records.put("a", b"1")
    await records.get("a")
    await records.get_many(["*"])
    assert [record.key async for record in records.scan()] == ["a"]

    assert await consumer_count(bus, STATUS.stream) == 0


async def test_an_unknown_bucket_says_that_nobody_answers(bus: Bus) -> None:
    from zester.errors import BusUnavailable

    with pytest.raises(BusUnavailable):
        await Records(bus, Bucket("nowhere")).put("a", b"1")


async def test_what_was_deleted_does_not_come_back_in_a_scan(bus: Bus) -> None:
    records = Records(bus, HEADS)
    for value in (b"1", b"2"):
        await records.put("base.gone", value)
        await records.put("base.back", value)
    for key in ("base.gone", "base.back"):
        await records.delete(key)
    await records.put("base.back", b"3")

    found = {record.key: record.value async for record in records.scan()}

    assert found == {"base.back": b"3"}
