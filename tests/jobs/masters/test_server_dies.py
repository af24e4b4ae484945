"""Servers die and come back while jobs run: every result arrives, none twice."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import pytest

from support.operators import MakeJobPeel, command
from support.peel import until
from zester.bus.buckets import JOB_RETURNS
from zester.bus.events import read_events
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.dispatch import Outcome
from zester.cli.fleet.operator import Operator
from zester.targeting.node import NodeView

pytestmark = pytest.mark.anyio

PEELS, JOBS = 12, 20


async def test_the_server_is_killed_while_jobs_run(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    outcomes: list[Outcome] = []

    async def give(number: int) -> None:
        script = f"sleep 1; echo {number}; echo {number} >> ran"
        outcomes.append(await command(operator, "*", "cmd.run", script, cwd="/"))

    async with AsyncExitStack() as stack:
        peels = [
            await stack.enter_async_context(job_peel(NodeView(f"n{each}"))) for each in range(PEELS)
        ]
        accepted: set[str] = set()
        await operator.bus.subscribe(
            "zester.job.*.accepted.*", lambda message: accepted.add(message.subject)
        )
        async with anyio.create_task_group() as tasks:
            for number in range(JOBS):
                tasks.start_soon(give, number)
            await until("all work", lambda: len(accepted) == PEELS * JOBS, 60)
            await trusted_server.kill()
            await trusted_server.start()
        assert len(outcomes) == JOBS
        values = {}
        for outcome in outcomes:
            assert outcome.silent == frozenset()
            assert set(outcome.returns) == {peel.node.id for peel in peels}
            values[outcome.jid] = {returned.value for returned in outcome.returns.values()}
        assert sorted(int(next(iter(value))) for value in values.values()) == list(range(JOBS))
        for peel in peels:
            ran = (peel.folder / "root" / "ran").read_text().split()
            assert sorted(map(int, ran)) == list(range(JOBS))

        async def kept() -> bool:
            subjects = [
                event.subject
                async for event in read_events(operator.bus, JOB_RETURNS, "zester.job.*.return.*")
            ]
            assert len(subjects) == len(set(subjects))
            return len(subjects) == PEELS * JOBS

        await until("every result is kept, once", kept, 20)
