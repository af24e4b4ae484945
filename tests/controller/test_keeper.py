"""The buckets are as the tables say, whatever somebody did to them."""

from __future__ import annotations

import pytest

from zester.bus.api import call_api
from zester.bus.buckets import BLOBS, EVENTS, HEADS, STATUS
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusUnavailable
from zester_controller.keeper.keeper import KEY, Keeper

pytestmark = pytest.mark.anyio


async def config(bus: Bus, stream: str) -> dict[str, object]:
    info = await call_api(bus, f"STREAM.INFO.{stream}", timeout=5)
    found: dict[str, object] = info["config"]
    return found


async def test_a_deleted_bucket_is_made_again(bus: Bus) -> None:
    for name in (STATUS.stream, EVENTS.name):
        await call_api(bus, f"STREAM.DELETE.{name}", timeout=5)
    problems: list[str] = []

    await Keeper(bus, interval=60, kept=problems.append).reconcile(KEY)

    await Records(bus, STATUS).put("web", b"1")
    assert (await config(bus, EVENTS.name))["max_age"] == EVENTS.max_age * 1_000_000_000
    assert problems == [""]


async def test_a_changed_bucket_is_put_right_and_keeps_its_content(bus: Bus) -> None:
    await Records(bus, HEADS).put("base.cli", b"kept")
    made = await config(bus, HEADS.stream)
    broken = {**made, "max_msgs_per_subject": 2, "allow_direct": False, "description": "mine"}
    await call_api(bus, f"STREAM.UPDATE.{HEADS.stream}", broken, timeout=5)
    blobs = await config(bus, BLOBS.stream)
    await call_api(bus, f"STREAM.UPDATE.{BLOBS.stream}", {**blobs, "max_msg_size": 10}, timeout=5)

    await Keeper(bus, interval=60, kept=lambda _: None).reconcile(KEY)

    assert await config(bus, HEADS.stream) == {**made, "description": "mine"}
    assert (await config(bus, BLOBS.stream)) == blobs
    found = await Records(bus, HEADS).get("base.cli")
    assert found is not None
    assert found.value == b"kept"


async def test_what_is_wrong_is_told_and_raised(server: EmbeddedServer) -> None:
    problems: list[str] = []

    with pytest.raises(BusUnavailable):
        await Keeper(Bus([server.url], name="off"), interval=60, kept=problems.append).reconcile(
            KEY
        )

    assert len(problems) == 1
    assert "not connected" in problems[0]
