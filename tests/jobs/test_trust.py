"""Only signed jobs are believed, only once, and only from those who may."""

from __future__ import annotations

import json
import time

import anyio
import pytest

from support.operators import JobPeel, MakeJobPeel, command, operator_on
from support.peel import until
from support.trusted import ENV, bus_as
from zester.bus.buckets import JOBS, ROLES
from zester.bus.jobs.sending import sign_job
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.resources.jobs.job import Job, new_job_id
from zester.resources.jobs.role import Role, Rule
from zester.targeting.node import NodeView
from zester.trust.envelope import Signer
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

NODE = NodeView("web-01", {"os": "Debian"})


def _job(**more: object) -> Job:
    return Job.model_validate({"jid": new_job_id(), "target": "*", "function": "test.ping", **more})


async def _refused(peel: JobPeel, operator: Operator, jid: str, envelope: bytes) -> str:
    """Send an envelope as it is; return the reason for which it was not believed."""
    before = dict(peel.metrics.agent_jobs_dropped.values)
    await operator.bus.publish(JOBS.live(jid), envelope)

    def dropped() -> bool:
        return peel.metrics.agent_jobs_dropped.values != before

    await until("the job is dropped", dropped)
    ran = peel.metrics.agent_jobs.values
    assert not ran
    now = peel.metrics.agent_jobs_dropped.values
    return next(key[0] for key in now if now[key] != before.get(key, 0))


async def test_forgeries_are_not_run(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    realm = trusted_server.realm
    assert realm is not None
    now = time.time()
    soon = now + 60

    def signed(job: Job, signer: Signer, *, expires: float = soon, at: float = now) -> bytes:
        return sign_job(signer, job, expires=expires, now=at).envelope

    genuine = _job()
    good = signed(genuine, operator.signer)
    body = json.loads(good)
    other = _job()
    forged = {
        "Unsigned": json.dumps({"payload": body["payload"]}).encode(),
        "BadSignature": json.dumps(
            {**body, "payload": body["payload"].replace("test.ping", "cmd.run")}
        ).encode(),
        "UnknownSigner": signed(genuine, Realm.generate().signer(ENV, Tier.OPERATOR)),
        "Expired": signed(genuine, operator.signer, expires=now - 1000, at=now - 800),
        "InvalidToken": b"\x00 not an envelope",
        "InvalidDocument": operator.signer.sign(f"jobs.{genuine.jid}", b"{}", expires=soon),
    }
    wrong_tier = [Tier.PUBLISHER, Tier.PEEL, Tier.VIEWER, Tier.BOOTSTRAP]
    async with job_peel(NODE) as peel:
        for reason, envelope in forged.items():
            assert await _refused(peel, operator, genuine.jid, envelope) == reason
        for tier in wrong_tier:
            envelope = signed(genuine, realm.signer(ENV, tier, "mallory"))
            assert await _refused(peel, operator, genuine.jid, envelope) in (
                "WrongTier",
                "UnknownSigner",
            )
        assert await _refused(peel, operator, other.jid, good) == "WrongAddressee"
        endless = operator.signer.sign(f"jobs.{genuine.jid}", genuine.encode())
        assert await _refused(peel, operator, genuine.jid, endless) == "Expired"
        renamed = operator.signer.sign(f"jobs.{other.jid}", genuine.encode(), expires=soon)
        assert await _refused(peel, operator, other.jid, renamed) == "WrongAddressee"


async def test_a_job_that_is_sent_again_runs_once_also_after_a_restart(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    job = _job(function="cmd.run", args=["echo x >> ran"], kwargs={"cwd": "/"})
    sent = sign_job(operator.signer, job, expires=time.time() + 60)
    async with job_peel(NODE) as peel:
        file = peel.folder / "root" / "ran"
        for _ in range(5):
            await operator.bus.publish(JOBS.live(job.jid), sent.envelope)
        await until("it ran", lambda: peel.metrics.agent_jobs.values)
        await command(operator, "*", "test.ping")
        assert file.read_text() == "x\n"
    async with job_peel(NODE):
        await operator.bus.publish(JOBS.live(job.jid), sent.envelope)
        await command(operator, "*", "test.ping")
        assert file.read_text() == "x\n"


async def test_what_a_restart_interrupts_is_told_and_not_run_again(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    answers = []

    async def give() -> None:
        answers.append(await command(operator, "*", "cmd.run", "echo x >> ran; sleep 60", cwd="/"))

    accepted = anyio.Event()
    await operator.bus.subscribe("zester.job.*.accepted.*", lambda _: accepted.set())
    async with anyio.create_task_group() as tasks:
        async with job_peel(NODE) as peel:
            tasks.start_soon(give)
            file = peel.folder / "root" / "ran"
            await until("it runs", file.exists)
            await accepted.wait()
        async with job_peel(NODE):
            await until("it is told", lambda: answers)
    (outcome,) = answers
    assert outcome.returns[NODE.id].status == "interrupted"
    assert outcome.exit_code == 2
    assert file.read_text() == "x\n"


async def test_roles_say_who_may_have_what_done_where(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    realm = trusted_server.realm
    assert realm is not None
    publisher = realm.signer(ENV, Tier.PUBLISHER, "chief")

    async def put(role: Role, signer: Signer = publisher) -> None:
        async with bus_as(trusted_server, Tier.PUBLISHER, "chief") as bus:
            envelope = signer.sign(f"roles.{role.name}", role.encode())
            await Records(bus, ROLES).put(role.name, envelope)
            await bus.publish(ROLES.live(role.name))

    def allowed(target: str, *functions: str) -> tuple[Rule, ...]:
        return (Rule(target=target, functions=functions),)

    async def may(who: Operator, function: str, node: str = "web-01") -> bool:
        outcome = await command(who, node, function, "true")
        return outcome.returns[node].status != "refused"

    db = NodeView("db-01", {"os": "Rocky"})
    async with operator_on(trusted_server, "bob") as bob, job_peel(NODE), job_peel(db):
        assert await may(operator, "cmd.run")
        await put(
            Role(
                name="web",
                revision=1,
                identities=("alice",),
                rules=allowed("G@os:Debian", "cmd.*", "test.echo"),
            )
        )

        async def refused() -> bool:
            return not await may(bob, "test.echo")

        await until("the role is known", refused)
        assert await may(operator, "cmd.run")
        assert not await may(operator, "facts.get")
        assert not await may(operator, "cmd.run", "db-01")
        outcome = await command(bob, "web-01", "cmd.run", "true")
        assert "bob may not run cmd.run here" in outcome.returns["web-01"].error

        forged = Role(name="mine", revision=1, identities=("bob",), rules=allowed("*", "*"))
        await put(forged, bob.signer)  # an operator may not make roles
        await put(Role(name="late", revision=1, identities=("x",)))
        await command(operator, "*", "test.echo", "x")
        assert not await may(bob, "cmd.run")
        async with bus_as(trusted_server, Tier.PUBLISHER, "chief") as bus:
            for name in ("web", "mine", "late"):
                await Records(bus, ROLES).delete(name)  # losing roles frees nobody
                await bus.publish(ROLES.live(name))
        assert not await may(bob, "cmd.run")
    async with operator_on(trusted_server, "bob") as bob, job_peel(NODE):
        assert not await may(bob, "cmd.run")
