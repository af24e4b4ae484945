"""Jobs whose caller or master is gone are seen through by another master."""

from __future__ import annotations

import time

import anyio
import pytest

from jobs.masters.conftest import RunMaster
from support.operators import JobPeel, MakeJobPeel, announce, command
from support.peel import until
from support.trusted import bus_as
from zester.bus.jobs.audit import read_audit
from zester.bus.jobs.finding import read_history
from zester.bus.jobs.sending import keep_job
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.dispatch import send, sign
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options, Request, make_request
from zester.resources.jobs.audit import AuditEntry
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

A, B = NodeView("a"), NodeView("b")
TTL = 3.0


def asked(target: str, function: str, *args: object, **more: object) -> Request:
    return make_request(target, "compound", function, args, more, Options())


async def closed(operator: Operator) -> list[AuditEntry]:
    return [entry async for entry in read_audit(operator.bus, what="closed")]


async def test_of_two_masters_one_sees_jobs_through_and_the_other_takes_over_in_time(
    job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator
) -> None:
    async with job_peel(A), run_master("two") as two:
        async with run_master("one", dies=True) as one:
            await until("one of them has the role", lambda: one.lease.held or two.lease.held)
            first = one if one.lease.held else two
            assert not (one.lease.held and two.lease.held)
            slow = asked("*", "cmd.run", "sleep 2; echo slow")
            await send(operator, sign(operator, slow))
            await command(operator, "*", "test.ping")
        died = time.monotonic()
        if first is one:
            await until("the other took over", lambda: two.lease.held)
            # A lease runs out and is looked at three times a term; the rest is for a busy machine.
            assert time.monotonic() - died <= TTL * 4 / 3 + 6

        async def both() -> bool:
            return len(await closed(operator)) == 2

        await until("both jobs are closed, once", both, 20)
        assert {entry.function: entry.results for entry in await closed(operator)} == {
            "cmd.run": {"done": 1},
            "test.ping": {"done": 1},
        }


async def test_whom_a_job_means_is_told_by_a_master_when_its_caller_died(
    job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("gone"), live=False)
    request = asked("*", "test.ping")
    async with job_peel(A), run_master():
        await send(operator, sign(operator, request))

        async def missing() -> bool:
            history = await read_history(operator.bus, operator.verifier, request.job.jid)
            return history.missing == {"gone"} and set(history.returns) == {"a"}

        await until("who is missing is known", missing, 20)
        told = [entry async for entry in read_audit(operator.bus, what="given")]
        assert [entry.jid for entry in told] == [request.job.jid]


async def test_a_job_that_was_kept_but_not_told_or_not_heard_is_told_by_a_master(
    job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, A)
        await announce(master, B)
    request = asked("*", "cmd.run", "echo x >> ran", cwd="/")
    async with run_master(), job_peel(A) as there:
        await keep_job(operator.bus, sign(operator, request), now=time.time())  # then it died
        await until("it ran where a peel listened", lambda: ran(there) == "x\n", 20)
        async with job_peel(B) as late:  # came back to the bus a moment too late
            await until("it ran there as well", lambda: ran(late) == "x\n", 30)
            await until("it is over", lambda: closed(operator), 30)
        assert ran(there) == "x\n"
        history = await read_history(operator.bus, operator.verifier, request.job.jid)
        assert {node: found.status for node, found in history.returns.items()} == {
            "a": "done",
            "b": "done",
        }


async def test_masters_are_not_needed_for_commands(
    job_peel: MakeJobPeel, operator: Operator
) -> None:
    async with job_peel(A), job_peel(B):
        with anyio.fail_after(30):
            outcome = await command(operator, "*", "test.ping")
        assert outcome.exit_code == 0


def ran(peel: JobPeel) -> str:
    file = peel.folder / "root" / "ran"
    return file.read_text() if file.exists() else ""
