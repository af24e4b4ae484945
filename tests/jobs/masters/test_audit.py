"""Every command is in the audit trail, with who, what, where and result; nobody can take it out."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from jobs.masters.conftest import RunMaster
from support.operators import MakeJobPeel, Zester, announce
from support.peel import until
from support.trusted import ENV, bus_as
from zester.bus.buckets import DURABLE, JOBS
from zester.bus.jobs.audit import read_audit
from zester.bus.jobs.sending import sign_job
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.errors import BusUnavailable
from zester.resources.jobs.audit import AuditEntry
from zester.resources.jobs.job import Job, new_job_id
from zester.targeting.node import NodeView
from zester.telemetry.redaction.redactor import MARK
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

A, B = NodeView("a"), NodeView("b")
PASSWORD = "hunter2hunter2"  # noqa: S105 - of nobody


async def closed(operator: Operator, count: int = 1) -> list[AuditEntry]:
    """Wait for so many commands to be over."""
    found: list[AuditEntry] = []

    async def enough() -> bool:
        nonlocal found
        found = [entry async for entry in read_audit(operator.bus, what="closed")]
        return len(found) >= count

    await until("the command is closed", enough, 20)
    return found


async def test_a_command_is_written_down_with_who_what_where_and_result(
    zester: Zester,
    job_peel: MakeJobPeel,
    run_master: RunMaster,
    operator: Operator,
    trusted_server: EmbeddedServer,
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("gone"), live=False)
    async with run_master(), job_peel(A), job_peel(B):
        given = await zester("a or b", "cmd.run", f"echo --password {PASSWORD}; exit 3")
        assert given.returncode == 2
        (entry,) = await closed(operator)
        assert (entry.who, entry.target, entry.function) == ("alice", "a or b", "cmd.run")
        assert entry.arguments == f"echo --password {MARK}; exit 3"
        assert (entry.results, entry.others) == ({"failed": 2}, {"a": "failed", "b": "failed"})

        shown = await zester("audit")
        assert PASSWORD not in shown.stdout
        assert "alice" in shown.stdout
        assert "2 failed (a b)" in shown.stdout
        listed = await zester("job", "list", "-o", "json")
        assert PASSWORD not in listed.stdout + (await zester("job", "list")).stdout
        (line,) = json.loads((await zester("audit", "-o", "json", "--since", "1h")).stdout)
        assert line["state"] == "closed"
        assert line["results"] == {"failed": 2}
        assert json.loads((await zester("audit", "--who", "bob", "-o", "json")).stdout) == []

        await zester("*", "test.ping")
        assert (await zester("audit", "-o", "table")).stdout.count("open") == 1


async def test_refused_commands_and_silent_peels_are_written_down(
    zester: Zester, job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator, tmp_path: Path
) -> None:
    file = tmp_path / "role.yaml"
    file.write_text("name: r\nidentities: [bob]\nrules: [{target: '*', functions: ['*']}]\n")
    async with run_master(), job_peel(A):
        assert (await zester("role", "apply", str(file))).returncode == 0
        given = await zester("a", "cmd.run", "true")
        assert given.returncode == 2
        (entry,) = await closed(operator)
        assert (entry.who, entry.others) == ("alice", {"a": "refused"})
        shown = await zester("audit", "--peel", "a")
        assert "1 refused (a)" in shown.stdout


async def test_what_claims_to_be_a_command_is_written_down_with_the_reason(
    zester: Zester, run_master: RunMaster, operator: Operator
) -> None:
    job = Job(jid=new_job_id(), target="*", function="cmd.run", args=("id",))
    forged = sign_job(Realm.generate().signer(ENV, Tier.OPERATOR), job, expires=time.time() + 60)
    async with run_master():
        await operator.bus.publish(JOBS.live(job.jid), forged.envelope)

        async def told() -> list[AuditEntry]:
            return [entry async for entry in read_audit(operator.bus, what="disbelieved")]

        await until("it is written down", told)
        (entry,) = await told()
        assert entry.error.startswith("UnknownSigner")
        assert "not believed: UnknownSigner" in (await zester("audit")).stdout


async def test_operators_cannot_take_a_command_out_or_write_one_in(
    job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator, zester: Zester
) -> None:
    async with run_master(), job_peel(A):
        assert (await zester("a", "test.ping")).returncode == 0
        (entry,) = await closed(operator)
        for _ in range(JOBS.history + 1):  # nothing of the record is left
            await Records(operator.bus, JOBS).delete(entry.jid)
        shown = await zester("audit")
        assert "test.ping" in shown.stdout
        subject = f"zester.event._master.audit.{entry.jid}.given"
        with pytest.raises(BusUnavailable):
            await operator.bus.request(subject, entry.encode(), timeout=0.5)


async def test_a_command_that_was_only_told_and_never_kept_is_written_down(
    job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator
) -> None:
    job = Job(jid=new_job_id(), target="*", function="test.echo", args=("x",))
    sent = sign_job(operator.signer, job, expires=time.time() + 60)
    async with run_master(), job_peel(A) as peel:
        await operator.bus.publish(JOBS.live(job.jid), sent.envelope)
        await until("it ran", lambda: peel.metrics.agent_jobs.values)

        async def told() -> list[AuditEntry]:
            return [entry async for entry in read_audit(operator.bus, what="given")]

        await until("it is written down", told)
        assert [(entry.who, entry.arguments) for entry in await told()] == [("alice", "x")]


async def test_commands_given_while_no_master_runs_are_written_down_later(
    job_peel: MakeJobPeel, run_master: RunMaster, operator: Operator, zester: Zester
) -> None:
    async with job_peel(A):
        assert (await zester("a", "test.ping")).returncode == 0
    assert "1 done, open" in (await zester("audit")).stdout
    async with run_master():
        (entry,) = await closed(operator)
        assert entry.results == {"done": 1}
    assert "1 done\n" in (await zester("audit")).stdout


async def test_a_durable_job_is_open_until_it_ends_and_gone_from_the_bus_then(
    run_master: RunMaster, operator: Operator, zester: Zester, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, B, live=False)
    async with run_master():
        given = await zester("*", "test.ping", "--durable", "--until", "8s")
        assert "gets it when it is back: 1: b" in given.stderr
        assert [record.key async for record in Records(operator.bus, DURABLE).scan()]
        (entry,) = await closed(operator)
        assert (entry.durable, entry.silent, entry.results) == (True, ("b",), {"silent": 1})

        async def gone() -> bool:
            return not [record.key async for record in Records(operator.bus, DURABLE).scan()]

        await until("it is gone from the bus", gone)
