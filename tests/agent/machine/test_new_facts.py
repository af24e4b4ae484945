"""What happens when the facts of a machine change."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from support.peel import MakePeel, Push, applied, until
from zester.bus.buckets import FACTS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.nodes.facts import NodeFacts
from zester_peel.facts.collect import Facts

pytestmark = pytest.mark.anyio

TOP = "base:\n  '*': [web]\n"


async def published(bus: Bus, fact: str, value: str, node: str = "web-01") -> bool:
    entry = await Kv(bus, FACTS, NodeFacts).get(make_key(node))
    return entry is not None and entry.value.values.get(fact) == value


async def test_new_facts_render_again_with_files_of_a_revision_that_was_only_noted(
    bus: Bus,
    server: EmbeddedServer,
    make_peel: MakePeel,
    push: Push,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = "{% if grains.color == 'red' %}{% set text = 'red' %}{% else %}"
    state += "{% import_text 'web/blue' as text %}{% endif %}\n"
    state += "f:\n  file.managed:\n    - name: /f\n    - contents: {{ text }}\n"
    tree: dict[str, str | None] = {
        "states/top.zy": TOP, "states/web/init.zy": state, "states/web/blue": "old blue",
    }  # fmt: skip
    color = "red"

    def collect(node: str, root: Path, added: object) -> Facts:
        return Facts({"id": node, "color": color}, {})

    monkeypatch.setattr("zester_peel.agent.machine.machine.collect_facts", collect)
    async with make_peel(server.url, host_resync=1).running() as peel:
        await push(tree)
        await until("applied", lambda: applied(bus, 1))
        await push({"states/web/blue": "new blue"})
        await until("noted", lambda: applied(bus, 2))
        assert (peel.root / "f").read_text() == "red\n"

        color = "blue"
        await until("rendered again", lambda: (peel.root / "f").read_text() == "new blue\n")


async def test_a_fact_that_no_template_read_runs_no_command_again(
    bus: Bus,
    server: EmbeddedServer,
    make_peel: MakePeel,
    push: Push,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = "run:\n  cmd.run:\n    - name: echo {{ grains.color }} >> $ZESTER_ROOT/log\n"
    facts = {"color": "red", "load": "1"}

    def collect(node: str, root: Path, added: object) -> Facts:
        return Facts({"id": node, **facts}, {})

    monkeypatch.setattr("zester_peel.agent.machine.machine.collect_facts", collect)
    async with make_peel(server.url, host_resync=1).running() as peel:
        await push({"states/top.zy": TOP, "states/web/init.zy": state})
        await until("applied", lambda: applied(bus, 1))
        log = peel.root / "log"
        assert log.read_text() == "red\n"

        facts["load"] = "2"
        await until("published", partial(published, bus, "load", "2"))
        facts["color"] = "blue"
        await until("run again", lambda: log.read_text() == "red\nblue\n")
