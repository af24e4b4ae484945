"""A whole peel on a server of a realm: enrolled, renewed, labelled, revoked."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from support.enrolling import admitting, ask_once, machine, operating
from support.peel import Peel, push_as_publisher, until
from support.trusted import ENV
from zester.bus.buckets import FACTS, STATUS
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.status import PeelStatus
from zester_controller.enrollment.rules import Rules
from zester_peel.agent.agent import Agent
from zester_peel.agent.identity.identity import Identity
from zester_peel.settings import PeelSettings

pytestmark = pytest.mark.anyio

ALL = Rules(ENV, policy="all")

TOP = """\
base:
  'label:role=db':
    - db
  'not label:role=db':
    - other
"""
DB = """\
/made:
  file.managed:
    - contents: "db {{ facts['labels']['role'] }}"
"""
OTHER = """\
/made:
  file.managed:
    - contents: "other {{ facts['labels'] | length }}"
"""


@asynccontextmanager
async def running(
    server: EmbeddedServer, identity: Identity, tmp_path: Path
) -> AsyncIterator[Agent]:
    root = tmp_path / "root"
    root.mkdir(exist_ok=True)
    settings = PeelSettings(
        id=identity.id, url=(server.url,), root=root, state_dir=identity.folder.parent
    )
    async with Peel(settings, identity).running() as peel:
        yield peel.agent


async def push(server: EmbeddedServer, tmp_path: Path) -> None:
    files = {
        f"states/{name}.zy": text for name, text in (("top", TOP), ("db", DB), ("other", OTHER))
    }
    await push_as_publisher(server, tmp_path / "tree", files)


async def status(bus: Bus, node: str = "web-01") -> PeelStatus | None:
    entry = await Kv(bus, STATUS, PeelStatus).get(make_key(node))
    return entry.value if entry is not None else None


async def test_labels_decide_what_a_peel_has_to_be_at_once_and_after_a_restart(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    made = tmp_path / "root" / "made"

    def says(text: str) -> bool:
        return made.exists() and made.read_text().strip() == text

    async with admitting(trusted_server, ALL), operating(trusted_server) as operator:
        await ask_once(trusted_server, web)
        await push(trusted_server, tmp_path)
        async with running(trusted_server, web, tmp_path):
            await until("it follows without labels", lambda: says("other 0"))
            await operator.accept(role="db")
            await until("it is a database", lambda: says("db db"))

            async def reported() -> bool:
                entry = await Kv(operator.bus, FACTS, NodeFacts).get(make_key("web-01"))
                return entry is not None and entry.value.values["labels"] == {"role": "db"}

            await until("the fact is reported", reported)
    await trusted_server.stop()
    made.unlink()
    again = Identity.load(tmp_path / "web-01")
    async with running(trusted_server, again, tmp_path):
        await until("it is a database without any server", lambda: says("db db"))


async def test_an_agent_renews_and_keeps_reporting(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with (
        admitting(trusted_server, Rules(ENV, policy="all", lifetime=5.0)) as master,
        operating(trusted_server) as operator,
    ):
        await ask_once(trusted_server, web)
        first = web.passes
        async with running(trusted_server, web, tmp_path) as agent:
            await until("it renewed twice", lambda: master.metrics.enrollment_answers.value() >= 3)
            assert web.passes != first
            await until("it is in", lambda: agent.bus.connected)
            seen = await status(operator.bus)
            assert seen is not None
            assert seen.condition("CredentialsAtRisk") is None


async def test_an_agent_that_cannot_renew_tells_it_in_its_status(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with operating(trusted_server) as operator:
        async with admitting(trusted_server, Rules(ENV, policy="all", lifetime=15.0)):
            await ask_once(trusted_server, web)
        async with running(trusted_server, web, tmp_path):
            before = time.time()

            async def told() -> bool:
                seen = await status(operator.bus)
                return seen is not None and seen.condition("CredentialsAtRisk") is not None

            await until("it tells", told)
            assert time.time() - before < 15
            seen = await status(operator.bus)
            assert seen is not None
            condition = seen.condition("CredentialsAtRisk")
            assert condition is not None
            assert condition.reason == "NoAnswer"


async def test_a_revoked_agent_falls_silent_and_keeps_the_machine_as_it_was(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    made = tmp_path / "root" / "made"
    async with admitting(trusted_server, ALL), operating(trusted_server) as operator:
        await ask_once(trusted_server, web)
        await push(trusted_server, tmp_path)
        async with running(trusted_server, web, tmp_path) as agent:
            await until("it follows", made.exists)
            await operator.revoke()
            await until("it is cut off", lambda: not agent.bus.connected)

            async def purged() -> bool:
                found = await operator.find()
                return found is not None and found.value.purged is not None

            await until("nothing is left of it", purged)
            assert await status(operator.bus) is None
            assert made.exists()


async def test_an_agent_that_was_never_let_in_waits_and_then_works(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    made = tmp_path / "root" / "made"
    async with admitting(trusted_server), operating(trusted_server) as operator:
        await push(trusted_server, tmp_path)
        async with running(trusted_server, web, tmp_path) as agent:

            async def asked() -> bool:
                return await operator.state() == "pending"

            await until("it asked", asked)
            assert not agent.bus.connected
            await operator.accept(role="db")
            await until("it works", lambda: made.exists() and "db" in made.read_text(), timeout=40)
    assert Identity.load(tmp_path / "web-01").enrolled
