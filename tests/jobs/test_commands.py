"""Commands reach the peels that they mean, on a server with full trust."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack

import anyio
import pytest

from support.operators import MakeJobPeel, announce, command
from support.peel import until
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

WEB1 = NodeView("web-01.example.com", {"os": "Debian", "os_family": "Debian"})
WEB2 = NodeView("web-02", {"os": "Rocky", "os_family": "RedHat"})


async def test_every_peel_that_is_meant_answers_once(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    async with job_peel(WEB1), job_peel(WEB2):
        outcome = await command(operator, "*", "test.ping")
        assert {node: found.value for node, found in outcome.returns.items()} == {
            "web-01.example.com": True,
            "web-02": True,
        }
        assert (outcome.silent, outcome.exit_code) == (frozenset(), 0)
        assert {found.who for found in outcome.returns.values()} == {"alice"}
        outcome = await command(operator, "G@os:Debian", "cmd.run", "echo here; echo there >&2")
        assert {node: found.value for node, found in outcome.returns.items()} == {
            "web-01.example.com": "here\nthere"
        }


async def test_a_command_that_fails_is_told_from_one_that_cannot_be_run(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    async with job_peel(WEB1):
        failed = await command(operator, "*", "cmd.run", "echo no; exit 3")
        returned = failed.returns[WEB1.id]
        assert (returned.status, returned.retcode, returned.value) == ("failed", 3, "no")
        assert failed.exit_code == 2
        unknown = await command(operator, "*", "tset.ping")
        returned = unknown.returns[WEB1.id]
        assert returned.status == "error"
        assert "did you mean 'test.ping'?" in returned.error
        wrong = await command(operator, "*", "cmd.run", "true", shel="/bin/sh")
        assert "unknown parameter 'shel' (did you mean 'shell'?)" in wrong.returns[WEB1.id].error


async def test_one_dead_peel_of_three_is_named_within_two_seconds(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("dead"), live=True)
    async with job_peel(WEB1), job_peel(WEB2):
        took: list[float] = []
        while not took or (took[-1] > 2 and len(took) < 5):  # the machine may be busy for a moment
            begun = time.monotonic()
            outcome = await command(operator, "*", "test.ping")
            took.append(time.monotonic() - begun)
            assert outcome.silent == {"dead"}
            assert set(outcome.returns) == {WEB1.id, WEB2.id}
        assert took[-1] <= 2, took
        assert outcome.exit_code == 3
        assert (await command(operator, "*", "cmd.run", "false")).exit_code == 4


async def test_who_works_longer_is_waited_for(operator: Operator, job_peel: MakeJobPeel) -> None:
    async with job_peel(WEB1):
        outcome = await command(operator, "*", "test.sleep", 2.5)
        assert outcome.returns[WEB1.id].value is True
        assert outcome.returns[WEB1.id].duration >= 2.5


async def test_jobs_that_take_long_keep_no_other_waiting(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    ended: list[bool] = []

    async def work() -> None:
        wait = "while [ ! -e go ]; do sleep 0.05; done"
        outcome = await command(operator, "*", "cmd.run", wait, cwd="/")
        ended.append(outcome.returns[WEB1.id].ok)

    async with job_peel(WEB1) as peel, anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(work)
            assert (await command(operator, "*", "test.ping")).exit_code == 0
        assert ended == []
        (peel.folder / "root" / "go").touch()
        await until("all of them have ended", lambda: ended == [True] * 3)
        for _ in range(3):
            assert (await command(operator, "*", "test.ping")).exit_code == 0


async def test_fifty_peels_answer_together(operator: Operator, job_peel: MakeJobPeel) -> None:
    nodes = [NodeView(f"n{number}") for number in range(20)]
    async with AsyncExitStack() as peels:
        for node in nodes:
            await peels.enter_async_context(job_peel(node))
        outcome = await command(operator, "R@n0..9", "test.echo", {"a": [1, None, "x"]})
        assert set(outcome.returns) == {f"n{number}" for number in range(10)}
        assert all(found.value == {"a": [1, None, "x"]} for found in outcome.returns.values())
