"""Facts that change while a peel runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.peel import MakePeel, Push, status_of, until
from zester.bus.buckets import FACTS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.nodes.facts import NodeFacts
from zester_peel.agent.machine import freshness
from zester_peel.sensors.addresses import AddressSensor

pytestmark = pytest.mark.anyio

STATES = """
f:
  file.managed:
    - name: /f
    - contents: {{ grains.get('role', 'none') }}
"""
TREE = {"states/top.zy": "base: {'*': [web]}\n", "states/web.zy": STATES}


@pytest.fixture
def address_changed(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """What each peel's sensor would call; the tests do so in its place."""
    calls: list[Callable[[], None]] = []

    class Silent(AddressSensor):
        async def run(self, changed: Callable[[], None]) -> None:
            calls.append(changed)

    monkeypatch.setattr(freshness, "AddressSensor", Silent)
    return calls


def facts_folder(root: Path) -> Path:
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text("ID=debian\n")
    folder = root / "etc/zester/facts.d"
    folder.mkdir(parents=True, mode=0o755)
    return folder


async def test_programs_count_from_the_first_run_on_and_again_when_asked(
    bus: Bus,
    server: EmbeddedServer,
    make_peel: MakePeel,
    push: Push,
    address_changed: list[Callable[[], None]],
) -> None:
    peel = make_peel(server.url)
    folder = facts_folder(peel.root)
    (folder / "role").write_text("#!/bin/sh\necho role=$(cat $ZESTER_ROOT/role)\n")
    (folder / "role").chmod(0o755)
    (peel.root / "role").write_text("web\n")
    file = peel.root / "f"
    async with peel.running():
        await push(TREE)
        await until("rendered", lambda: file.exists() and file.read_text() == "web\n")
        (peel.root / "role").write_text("db\n")
        peel.agent.refresh_facts()
        await until("rendered again", lambda: file.read_text() == "db\n")

        async def published() -> bool:
            found = await Kv(bus, FACTS, NodeFacts).get(make_key("web-01"))
            return found is not None and found.value.values.get("role") == "db"

        await until("published", published)


async def test_a_changed_address_renders_its_readers_and_nobody_else(
    bus: Bus,
    server: EmbeddedServer,
    make_peel: MakePeel,
    push: Push,
    address_changed: list[Callable[[], None]],
) -> None:
    peel = make_peel(server.url)
    folder = facts_folder(peel.root)
    async with peel.running():
        await push(TREE)
        file = peel.root / "f"
        await until("rendered", lambda: file.exists() and file.read_text() == "none\n")
        await until("whole", lambda: bool(address_changed))
        await until("counted", lambda: peel.runs("revision") == 1)
        (folder / "x.yaml").write_text("other: 1\n")
        address_changed[0]()
        (folder / "x.yaml").write_text("role: web\n")
        address_changed[0]()
        await until("rendered again", lambda: file.read_text() == "web\n")
        await until("counted", lambda: peel.runs("revision") > 1)
        assert peel.runs("revision") == 2


async def test_a_broken_collector_is_a_condition_while_it_is_broken(
    bus: Bus,
    server: EmbeddedServer,
    make_peel: MakePeel,
    push: Push,
    address_changed: list[Callable[[], None]],
) -> None:
    peel = make_peel(server.url)
    folder = facts_folder(peel.root)
    (folder / "x.yaml").write_text("role: [\n")

    async def told(wanted: bool) -> bool:
        status = await status_of(bus)
        if status is None or not status.applied:
            return False
        found = status.condition("FactsIncomplete")
        ready = status.condition("Ready")
        assert ready is not None
        if found is not None:
            assert found.reason == "CollectorFailed"
            assert found.message.startswith("/etc/zester/facts.d/x.yaml: it is not YAML")
        return ready.status == "True" and (found is not None) is wanted

    async with peel.running():
        await push(TREE)
        await until("told", lambda: told(True))
        (folder / "x.yaml").write_text("role: x\n")
        peel.agent.refresh_facts()
        await until("cleared", lambda: told(False))
