"""Who gave a command is what the signature says, whatever else anybody writes anywhere."""

from __future__ import annotations

import json
import time

import pytest

from support.operators import JobPeel, MakeJobPeel, command, operator_on
from support.peel import until
from support.trusted import ENV, bus_as
from zester.bus.buckets import JOBS, ROLES
from zester.bus.jobs.roles import list_roles, put_role
from zester.bus.jobs.sending import sign_job
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.errors import BusUnavailable
from zester.resources.jobs.job import Job, new_job_id
from zester.resources.jobs.role import Role, Rule
from zester.targeting.node import NodeView
from zester.trust.bundle import read_bundle
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

pytestmark = pytest.mark.anyio

A, B = NodeView("a"), NodeView("b")
ALL = (Rule(target="*", functions=("*",)),)


def job(**more: object) -> Job:
    return Job.model_validate({"jid": new_job_id(), "target": "*", "function": "test.ping", **more})


def realm_of(server: EmbeddedServer) -> Realm:
    assert server.realm is not None
    return server.realm


async def dropped(peel: JobPeel, operator: Operator, jid: str, envelope: bytes) -> str:
    """Send an envelope as it is; return why it was dropped, and check that nothing ran."""
    before = dict(peel.metrics.agent_jobs_dropped.values)
    ran = dict(peel.metrics.agent_jobs.values)
    await operator.bus.publish(JOBS.live(jid), envelope)
    await until("it is dropped", lambda: peel.metrics.agent_jobs_dropped.values != before)
    assert peel.metrics.agent_jobs.values == ran
    now = peel.metrics.agent_jobs_dropped.values
    return next(key[0] for key in now if now[key] != before.get(key, 0))


async def put(server: EmbeddedServer, role: Role) -> bytes:
    """Sign a role as the publisher chief and store it; return its envelope."""
    signer = realm_of(server).signer(ENV, Tier.PUBLISHER, "chief")
    envelope = signer.sign(f"roles.{role.name}", role.encode())
    await store(server, role.name, envelope)
    return envelope


async def store(server: EmbeddedServer, name: str, envelope: bytes) -> None:
    async with bus_as(server, Tier.PUBLISHER, "chief") as bus:
        await Records(bus, ROLES).put(name, envelope)
        await bus.publish(ROLES.live(name))


async def may(who: Operator, node: str = "a") -> bool:
    outcome = await command(who, node, "test.echo", "x")
    return outcome.returns[node].status != "refused"


async def test_a_name_in_the_payload_means_nothing(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    await put(trusted_server, Role(name="r", revision=1, identities=("alice",), rules=ALL))
    async with operator_on(trusted_server, "bob") as bob, job_peel(A) as peel:
        await until("alice may", lambda: may(operator))
        asked = job()
        for name in ("who", "user", "sender", "operator"):
            body = json.dumps({**json.loads(asked.encode()), name: "alice"}).encode()
            envelope = bob.signer.sign(f"jobs.{asked.jid}", body, expires=time.time() + 60)
            assert await dropped(peel, bob, asked.jid, envelope) == "InvalidDocument"
        outcome = await command(bob, "a", "test.echo", "alice", who="alice")
        assert outcome.returns["a"].status == "refused"
        assert outcome.returns["a"].who == "bob"


async def test_the_token_of_somebody_else_does_not_help(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    realm = realm_of(trusted_server)
    async with operator_on(trusted_server, "bob") as bob, job_peel(A) as peel:
        asked = job()
        end = time.time() + 60
        mine = json.loads(sign_job(bob.signer, asked, expires=end).envelope)
        hers = json.loads(sign_job(operator.signer, asked, expires=end).envelope)
        for key in mine:
            if mine[key] != hers[key]:
                mixed = json.dumps({**mine, key: hers[key]}).encode()
                reason = await dropped(peel, bob, asked.jid, mixed)
                assert reason in ("BadSignature", "UnknownSigner"), (key, reason)
        viewer = sign_job(realm.signer(ENV, Tier.VIEWER, "alice"), asked, expires=end)
        assert await dropped(peel, bob, asked.jid, viewer.envelope) in (
            "UnknownSigner",
            "WrongTier",
        )


async def test_an_old_role_that_is_replayed_frees_nobody_also_after_a_restart(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    both = Role(name="r", revision=1, identities=("alice", "bob"), rules=ALL)
    old = await put(trusted_server, both)
    async with operator_on(trusted_server, "bob") as bob:
        async with job_peel(A):
            assert await may(bob)
            await put(trusted_server, Role(name="r", revision=2, identities=("alice",), rules=ALL))

            async def refused() -> bool:
                return not await may(bob)

            await until("the new one counts", refused)
            await store(trusted_server, "r", old)
            assert await may(operator)
            assert not await may(bob)
        async with job_peel(A):
            assert not await may(bob)
            assert await may(operator)


async def test_operators_cannot_make_roles(
    operator: Operator, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    await put(trusted_server, Role(name="r", revision=1, identities=("alice",), rules=ALL))
    async with operator_on(trusted_server, "bob") as bob, job_peel(A):
        mine = Role(name="mine", revision=1, identities=("bob",), rules=ALL)
        forged = bob.signer.sign("roles.mine", mine.encode())
        with pytest.raises(BusUnavailable):  # the server does not take it from him
            await Records(bob.bus, ROLES, timeout=0.5).put("mine", forged)
        await store(trusted_server, "mine", forged)  # and nobody believes it
        await until("alice may", lambda: may(operator))
        assert not await may(bob)
        assert [each.key for each in await list_roles(bob.bus, bob.verifier)] == ["r"]


async def test_a_job_for_one_peel_is_not_run_by_another_nor_after_its_time(
    operator: Operator, job_peel: MakeJobPeel
) -> None:
    only = job(target="a", function="cmd.run", args=["echo x >> ran"], kwargs={"cwd": "/"})
    sent = sign_job(operator.signer, only, expires=time.time() + 60)
    async with job_peel(A) as one, job_peel(B) as other:
        for _ in range(2):
            await operator.bus.publish(JOBS.live(only.jid), sent.envelope)
        await until("it ran", lambda: one.metrics.agent_jobs.values)
        await command(operator, "*", "test.ping")
        assert not (other.folder / "root" / "ran").exists()
        assert (one.folder / "root" / "ran").read_text() == "x\n"

        renamed = job(target="a,b", kind="list").model_copy(update={"jid": only.jid})
        again = sign_job(operator.signer, renamed, expires=time.time() + 60)
        await operator.bus.publish(JOBS.live(only.jid), again.envelope)
        await command(operator, "*", "test.ping")
        assert (one.folder / "root" / "ran").read_text() == "x\n"

        now = time.time()
        late = job()
        over = sign_job(operator.signer, late, expires=now - 1000, now=now - 800)
        assert await dropped(other, operator, late.jid, over.envelope) == "Expired"


async def test_a_role_of_a_revoked_publisher_counts_no_more_and_can_be_replaced(
    operator: Operator, trusted_server: EmbeddedServer
) -> None:
    realm = realm_of(trusted_server)
    thief = realm.signer(ENV, Tier.PUBLISHER, "thief")
    role = Role(name="r", revision=7, identities=("bob",), rules=ALL)
    await store(trusted_server, "r", thief.sign("roles.r", role.encode()))
    revoked = {thief.key.public: int(time.time())}
    bundle = realm.bundle(ENV, revoked=revoked, serial=2)
    judge = Verifier(read_bundle(bundle, operator=realm.operator_public, env=ENV))
    assert await list_roles(operator.bus, judge) == []

    chief = realm.signer(ENV, Tier.PUBLISHER, "chief")
    mended = Role(name="r", revision=1, identities=("alice",), rules=ALL)
    async with bus_as(trusted_server, Tier.PUBLISHER, "chief") as bus:
        made = await put_role(bus, judge, chief, mended)
    assert made.revision == 8
    assert [each.value for each in await list_roles(operator.bus, judge)] == [made]
