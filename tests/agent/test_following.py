"""The reconcile loop end to end: real server, real files, the agent in this process."""

from __future__ import annotations

import json
from functools import partial

import anyio
import pytest

from support.peel import MakePeel, Push, applied, status_of, until
from support.trusted import publisher
from support.web_tree import TREE
from zester.bus.buckets import BUCKETS, HEADS, STREAMS
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import consumer_count
from zester.trees.publish import rollback

pytestmark = pytest.mark.anyio

STREAM_NAMES = [*(bucket.stream for bucket in BUCKETS), *(stream.name for stream in STREAMS)]


async def test_a_push_becomes_files_and_a_ready_status(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))

        assert (peel.root / "etc/motd").read_text() == "hello\n"
        assert (peel.root / "srv/conf").read_text() == "one\n"
        status = await status_of(bus)
        assert status is not None
        ready = status.condition("Ready")
        assert ready is not None
        assert (ready.status, ready.reason) == ("True", "Converged")
        assert (status.counts.total, status.counts.ok) == (2, 2)
        assert status.last_run is not None
        assert (status.last_run.cause, status.last_run.changed) == ("revision", 2)


async def test_settings_and_sources_that_change_are_followed(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await push({"settings/all.zy": "greeting: hej\n"})
        await until("applied", lambda: applied(bus, 2))
        assert (peel.root / "etc/motd").read_text() == "hej\n"

        await push({"states/web/conf": "two\n"})
        await until("applied", lambda: applied(bus, 3))
        assert (peel.root / "srv/conf").read_text() == "two\n"


async def test_a_revision_that_touches_nothing_a_peel_read_costs_no_run_and_no_fetch(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        runs, fetched = peel.runs("revision"), peel.metrics.trees_fetched.value()

        await push({"README.md": "changed\n"})
        await until("recorded", lambda: applied(bus, 2))
        assert peel.runs("revision") == runs
        assert peel.metrics.trees_fetched.value() == fetched

        await push({"states/web/conf": "after a noted revision\n"})
        await until("applied", lambda: applied(bus, 3))
        assert (peel.root / "srv/conf").read_text() == "after a noted revision\n"


async def test_a_rollback_is_followed_as_a_new_revision(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await push({"states/web/conf": "two\n"})
        await until("applied", lambda: applied(bus, 2))

        await rollback(
            bus, env="base", source="cli", revision=1, author="me", message="", by=publisher()
        )
        await until("applied", lambda: applied(bus, 3))

        assert (peel.root / "srv/conf").read_text() == "one\n"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"not json", "InvalidDocument"),
        (b'{"revision": 2, "created": 0, "manifest": "../../etc/passwd"}', "InvalidDocument"),
        (
            json.dumps({"revision": 2, "created": 0, "manifest": "0" * 64}).encode(),
            "BlobUnavailable",
        ),
        (json.dumps({"revision": 1, "created": 5, "manifest": "0" * 64}).encode(), "StaleRevision"),
    ],
)
async def test_a_bad_head_leaves_the_last_good_state_and_is_told(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push, bad: bytes, reason: str
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))

        signed = publisher().signer.sign("heads.base.cli", bad)
        await Records(bus, HEADS).put("base.cli", signed)
        await send_hint(bus, HEADS, "base.cli")

        async def stalled() -> str:
            status = await status_of(bus)
            condition = status.condition("Stalled") if status else None
            return condition.reason if condition else ""

        await until("stalled", stalled)
        assert await stalled() == reason
        status = await status_of(bus)
        assert status is not None
        assert status.applied == {"cli": 1}
        (peel.root / "etc/motd").write_text("drift is still corrected")
        await until("corrected", lambda: (peel.root / "etc/motd").read_text() == "hello\n")


async def test_two_sources_make_one_state_and_their_conflict_is_a_condition(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await push({"states/web/conf": "from git\n"}, source="git", priority=90)

        async def both() -> bool:
            status = await status_of(bus)
            return status is not None and status.applied == {"cli": 1, "git": 1}

        await until("both applied", both)
        assert (peel.root / "srv/conf").read_text() == "from git\n"
        status = await status_of(bus)
        assert status is not None
        conflict = status.condition("Conflict")
        assert conflict is not None
        assert "states/web/conf is in git and cli" in conflict.message


async def test_fifty_peels_create_no_consumer(
    make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    async with anyio.create_task_group() as tasks:
        peels = [make_peel(server.url, f"peel-{number}") for number in range(50)]
        for peel in peels:
            tasks.start_soon(peel.agent.run)
        await push(TREE)
        for peel in peels:
            await until("applied", partial(applied, bus, 1, peel.settings.id), timeout=60)
        await push({"states/web/conf": "two\n"})
        for peel in peels:
            await until("applied", partial(applied, bus, 2, peel.settings.id), timeout=60)

        counts = [await consumer_count(bus, name) for name in STREAM_NAMES]
        assert counts == [0] * len(counts)
        for peel in peels:
            peel.agent.stop()
