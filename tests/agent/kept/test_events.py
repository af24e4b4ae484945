"""States that ask for it tell their results on the bus."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.peel import MakePeel, Push, until
from zester.bus.buckets import EVENTS
from zester.bus.events import last_event
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester_peel.agent.kept.events import StoredEvents, subject
from zester_peel.agent.store import Store

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("web/is/up", "web.is.up"),
        ("/etc/motd", "etc.motd"),
        ("a b.c*>", "a=20b=2Ec=2A=3E"),
        ("//", "state"),
        ("x" * 200, "x" * 64),
    ],
)
def test_the_subject_of_any_tag_is_one_the_server_takes(tag: str, told: str) -> None:
    assert subject("web-01.x", tag) == f"zester.event.web-01=2Ex.state.{told}"


async def test_results_are_told_and_then_forgotten(
    bus: Bus, server: EmbeddedServer, make_peel: MakePeel, push: Push, tmp_path: Path
) -> None:
    peel = make_peel(server.url)
    states = (
        "a:\n  file.managed:\n    - name: /a\n    - contents: x\n    - fire_event: made/a\n"
        "b:\n  test.fail_without_changes:\n    - fire_event: True\n"
    )
    made, failed = "zester.event.web-01.state.made.a", "zester.event.web-01.state.b"
    async with peel.running():
        await push({"states/top.zy": "base:\n  '*':\n    - web\n", "states/web.zy": states})

        async def told() -> bool:
            return all([await last_event(bus, EVENTS, one) for one in (made, failed)])

        await until("it is told", told)
        event = await last_event(bus, EVENTS, made)
        assert event is not None
        body = json.loads(event.data)
        assert (body["tag"], body["ref"], body["result"]) == ("made/a", "file.managed:a", True)
        assert body["changes"] == {"diff": "New file"}
    store = Store(peel.settings.state_dir / "peel.db")
    assert StoredEvents(store, "web-01").pending() == []
