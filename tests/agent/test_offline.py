"""Without a server, or with one that lost its data: nothing is lost, nothing is told twice."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from support.peel import MakePeel, Peel, Push, applied, status_of, until
from support.web_tree import TREE
from zester.bus.buckets import BUCKETS, EVENTS, HEADS, STREAMS
from zester.bus.events import last_event
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.errors import HostError
from zester.resources.nodes.report import RunReport
from zester_peel.agent.store import Store

pytestmark = pytest.mark.anyio

STREAM_NAMES = [*(bucket.stream for bucket in BUCKETS), *(stream.name for stream in STREAMS)]


def counted(peel: Peel, corrections: int) -> bool:
    return peel.agent.store.corrected == corrections


async def test_a_server_that_lost_its_data_changes_nothing_on_the_machine(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        for name in STREAM_NAMES:
            await bus.request(f"$JS.API.STREAM.DELETE.{name}")
        await provision(bus)
        await send_hint(bus, HEADS, "base.cli")
        peel.agent._reporter.reconnected()

        async def told() -> str:
            status = await status_of(bus)
            stalled = status.condition("Stalled") if status else None
            return stalled.message if stalled else ""

        await until("told", told)
        assert "gone from the bus" in await told()
        (peel.root / "etc/motd").unlink()
        await until("corrected", lambda: (peel.root / "etc/motd").exists())


async def test_without_a_server_a_peel_boots_from_disk_and_corrects_drift(
    tmp_path: Path, make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    async with make_peel(server.url).running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
    await server.stop()

    async with make_peel(server.url).running() as peel:
        (peel.root / "etc/motd").unlink()
        await until("corrected", lambda: (peel.root / "etc/motd").exists())


async def test_a_disk_that_fills_up_while_a_peel_starts_ends_nothing(
    make_peel: MakePeel,
    push: Push,
    bus: Bus,
    server: EmbeddedServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with make_peel(server.url).running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
    await server.stop()

    def full(self: Store, key: str, value: str) -> None:
        raise HostError("peel.db: database or disk is full")

    monkeypatch.setattr(Store, "set", full)
    async with make_peel(server.url).running() as peel:
        (peel.root / "etc/motd").unlink()
        await until("corrected", lambda: (peel.root / "etc/motd").exists())


async def test_reports_made_offline_are_delivered_once_each_and_in_order(
    make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    async with make_peel(server.url).running() as peel:
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
        await server.kill()
        motd = peel.root / "etc/motd"
        for number in range(5):
            motd.write_text(f"edit {number}")
            await until("corrected", lambda: motd.read_text() == "hello\n")
            await until("counted", partial(counted, peel, number + 1))
        await server.start()
        await until("delivered", lambda: not peel.agent.store.pending_reports())
        await bus.wait_connected(10)

        info = await bus.request(
            "$JS.API.STREAM.INFO.EVENTS", b'{"subjects_filter": "zester.event.web-01.run"}'
        )
        assert json.loads(info.data)["state"]["subjects"] == {"zester.event.web-01.run": 6}
        last = await last_event(bus, EVENTS, "zester.event.web-01.run")
        assert last is not None
        assert RunReport.decode(last.data).number == 6


async def test_a_report_whose_acknowledgement_was_lost_is_not_sent_twice(
    make_peel: MakePeel, push: Push, bus: Bus, server: EmbeddedServer
) -> None:
    peel = make_peel(server.url)
    async with peel.running():
        await push(TREE)
        await until("applied", lambda: applied(bus, 1))
    last = await last_event(bus, EVENTS, "zester.event.web-01.run")
    assert last is not None

    again = make_peel(server.url)
    with again.agent.store.transaction() as db:  # as if the crash came before the deletion
        db.execute("INSERT INTO spool VALUES (1, ?)", (last.data,))
    async with again.running():
        await until("seen", lambda: not again.agent.store.pending_reports())

    found = await last_event(bus, EVENTS, "zester.event.web-01.run")
    assert found is not None
    assert found.sequence == last.sequence
