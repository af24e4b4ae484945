"""The table of targets, typed on the command line and judged by the peels themselves."""

from __future__ import annotations

from contextlib import AsyncExitStack

import anyio
import pytest

from support.operators import MakeJobPeel, command
from support.targets import Case, cases, fleet
from zester.bus.parallel import each
from zester.cli.fleet.operator import Operator

pytestmark = pytest.mark.anyio

AT_ONCE = 10


@pytest.mark.timeout(600)
async def test_exactly_the_peels_of_the_table_answer(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    wrong: dict[str, set[str]] = {}

    async def ask(case: Case) -> None:
        outcome = await command(operator, case.target, "test.ping", kind=case.kind)
        if set(outcome.returns) != case.means:
            wrong[str(case)] = set(outcome.returns) ^ case.means

    async with AsyncExitStack() as peels:
        for node in fleet().values():
            await peels.enter_async_context(job_peel(node))
        with anyio.fail_after(200):
            await each(cases(), ask, limit=AT_ONCE)
    assert wrong == {}
