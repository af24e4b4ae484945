"""Facts that a command sets are published, on change only, and kept over restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.operators import command
from support.peel import Peel, enrolled_peel, until
from support.trusted import bus_as
from zester.bus.buckets import FACTS
from zester.bus.keys import make_key
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.resources.jobs.job_return import JobReturn
from zester.resources.nodes.facts import NodeFacts
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_a_peel_publishes_what_was_set_and_only_then(
    operator: Operator, trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    peel = enrolled_peel(trusted_server, tmp_path)

    async def run(function: str, *args: object) -> JobReturn:
        return (await command(operator, "*", function, *args)).returns["web-01"]

    async with bus_as(trusted_server, Tier.OPERATOR) as bus, peel.running():

        async def published() -> tuple[object, int]:
            record = await Records(bus, FACTS).get(make_key("web-01"))
            if record is None:
                return None, 0
            return NodeFacts.decode(record.value).values.get("role"), record.revision

        async def says(value: object) -> bool:
            return (await published())[0] == value

        async def is_there() -> bool:
            return (await published())[1] > 0

        await until("it is there", is_there)
        assert (await run("grains.setval", "role", "web")).status == "done"
        await until("published", lambda: says("web"))
        revision = (await published())[1]
        assert (await run("facts.set", "role", "web")).value == {"role": "web"}
        refused = await run("facts.set", "id", "other")
        assert (refused.status, refused.error) == ("error", "id: a fact of the machine itself")
        await run("facts.set", "other", 1)
        found = await command(operator, "G@role:web", "grains.get", "role")
        assert found.returns["web-01"].value == "web"
        assert (await published())[1] <= revision + 1
    async with Peel(peel.settings, peel.identity).running():
        found = await command(operator, "G@role:web", "grains.get", "role")
        assert found.returns["web-01"].value == "web"
