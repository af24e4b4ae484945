"""Whole peels that change something of which only so many may be changed at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.peel import MakePeel, Peel, Push, applied, status_of, until
from zester.bus.api import call_api
from zester.bus.buckets import SLOTS
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester_peel.engine.outcome import Cause

pytestmark = pytest.mark.anyio

TREE = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": "restart:\n  cmd.run:\n"
    "    - name: touch begun; while [ ! -e go ]; do sleep 0.02; done\n    - cwd: /\n"
    "    - max_in_flight: {limit: 1, key: web-restart, wait: 60}\n"
    "/conf:\n  file.managed:\n    - contents: one\n    - max_in_flight: 1\n",
}


async def test_two_peels_take_turns_and_say_for_whom_they_wait(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push
) -> None:
    one, two = make_peel(server.url, "web-01"), make_peel(server.url, "web-02")
    async with one.running(), two.running():
        await push(TREE)
        await until("one begun", lambda: any(begun(peel) for peel in (one, two)))
        first, second = (one, two) if begun(one) else (two, one)

        async def told() -> bool:
            status = await status_of(bus, second.settings.id)
            found = status.condition("Reconciling") if status else None
            return found is not None and found.reason == "WaitingForSlot"

        await until("told", told)
        status = await status_of(bus, second.settings.id)
        assert status is not None
        found = status.condition("Reconciling")
        assert found is not None
        assert first.settings.id in found.message
        assert not begun(second)
        (first.root / "go").touch()
        await until("second begun", lambda: begun(second))
        (second.root / "go").touch()
        for peel in (one, two):
            await until("applied", applied_by(bus, peel))
            assert (peel.root / "conf").read_text() == "one\n"
        assert await Records(bus, SLOTS).get_many(["web-restart.*"]) == {}
        before = await written(bus)
        await one.agent.converger.converge(Cause.RESYNC)
        assert await written(bus) == before, "what is right needs no place"


def begun(peel: Peel) -> bool:
    return (peel.root / "begun").exists()


def applied_by(bus: Bus, peel: Peel) -> Callable[[], object]:
    return lambda: applied(bus, 1, peel.settings.id)


async def written(bus: Bus) -> int:
    info = await call_api(bus, f"STREAM.INFO.{SLOTS.stream}", {}, timeout=5)
    return int(info["state"]["last_seq"])
