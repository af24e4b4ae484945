"""Machines ask a real master over a real server, as guests."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.enrolling import (
    GUEST_SUBJECT,
    MACHINE,
    admitting,
    ask_once,
    guest,
    machine,
    operating,
    realm_of,
)
from support.peel import until
from support.trusted import bus_as
from zester.bus.buckets import NODES, TRUST
from zester.bus.keys import make_key
from zester.bus.link.connection import open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.signed import SignedKv
from zester.errors import BusUnavailable, UnknownSigner
from zester.resources.enrollment.request import make_request, request_place
from zester.resources.nodes.node_record import NodeRecord
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.enrollment.rules import Rules
from zester_peel.agent.identity.documents import Pin
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import EntryLogin, PeelLogin

pytestmark = pytest.mark.anyio


async def connects(server: EmbeddedServer, identity: Identity) -> None:
    async with open_bus([server.url], name="peel", login=PeelLogin(identity)) as bus:
        await Records(bus, NODES).get(make_key(identity.id))


async def test_an_operator_accepts_a_machine_that_waits(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server), operating(trusted_server) as operator:
        waiting = await ask_once(trusted_server, web)
        assert waiting.answer.verdict == "pending"
        assert waiting.answer.retry_after > 0
        assert "zester enroll accept web-01" in waiting.answer.message
        assert not web.enrolled
        found = await operator.find()
        assert found is not None
        assert (found.value.state, found.value.key) == ("pending", web.key.public)
        assert found.value.machine == MACHINE
        assert found.value.source == "127.0.0.1"

        await operator.accept(role="db")
        accepted = await ask_once(trusted_server, web)

        assert accepted.answer.verdict == "accepted"
        assert accepted.answer.labels == {"role": "db"}
        assert web.enrolled
        await connects(trusted_server, web)
        verifier = realm_of(trusted_server).verifier("base")
        nodes = SignedKv(operator.bus, NODES, NodeRecord, verifier)
        record = await nodes.get(make_key("web-01"))
        assert record is not None
        assert record.value.labels == {"role": "db"}
        assert record.value.key == web.key.public
        assert record.value.revision == 1


async def test_labels_that_an_operator_changes_reach_the_node_record(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    verifier = realm_of(trusted_server).verifier("base")
    async with (
        admitting(trusted_server, Rules("base", policy="all")),
        operating(trusted_server) as operator,
    ):
        nodes = SignedKv(operator.bus, NODES, NodeRecord, verifier)
        await ask_once(trusted_server, web)

        await operator.accept(role="web")

        async def changed() -> bool:
            record = await nodes.get(make_key("web-01"))
            return record is not None and record.value.labels == {"role": "web"}

        await until("the node record follows", changed)


async def test_a_join_token_admits_as_often_as_it_says(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    async with admitting(trusted_server) as master, operating(trusted_server) as operator:
        word = await operator.invite(trusted_server, uses=2, labels={"role": "web"})
        for node in ("web-01", "web-02"):
            heard = await ask_once(
                trusted_server, machine(tmp_path, trusted_server, node), invitation=word
            )
            assert (heard.answer.verdict, heard.answer.labels) == ("accepted", {"role": "web"})
            again = await ask_once(
                trusted_server, machine(tmp_path, trusted_server, node), invitation=word
            )
            assert again.answer.verdict == "accepted"
        third = await ask_once(
            trusted_server, machine(tmp_path, trusted_server, "web-03"), invitation=word
        )

        assert (third.answer.verdict, third.answer.reason) == ("rejected", "TokenUsedUp")
        assert await operator.state("web-03") == "none"
        assert master.refused("TokenUsedUp") == 1


async def test_a_token_that_an_operator_did_not_sign_is_none(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    async with admitting(trusted_server), operating(trusted_server) as operator:
        realm = realm_of(trusted_server)
        operator.signer = realm.signer("base", Tier.PUBLISHER)
        word = await operator.invite(trusted_server)

        heard = await ask_once(trusted_server, machine(tmp_path, trusted_server), invitation=word)

        assert (heard.answer.verdict, heard.answer.reason) == ("rejected", "TokenUnknown")


async def test_nobody_is_believed_but_the_pinned_operator(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server, pinned=False)
    web.keep_pin(Pin(operator=Realm.generate().operator_public, how="key", at=1))
    async with admitting(trusted_server, Rules("base", policy="all")):
        with pytest.raises(UnknownSigner, match="not by the pinned"):
            await ask_once(trusted_server, web)

    assert web.passes is None
    assert web.bundle is None


async def test_the_first_operator_is_believed_only_when_asked_to(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server, pinned=False)
    async with admitting(trusted_server, Rules("base", policy="all")):
        with pytest.raises(UnknownSigner, match="no operator is pinned"):
            await ask_once(trusted_server, web)
        await ask_once(trusted_server, web, first_use=True)

    assert web.pin is not None
    assert web.pin.operator == realm_of(trusted_server).operator_public
    assert web.pin.how == "first-use"
    assert web.authorities() == realm_of(trusted_server).authority_certificates
    await connects(trusted_server, web)


async def test_the_answer_is_lost_and_asking_again_makes_no_second_peel(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    async with (
        admitting(trusted_server, Rules("base", policy="all")),
        operating(trusted_server) as operator,
    ):
        first = machine(tmp_path, trusted_server)
        async with guest(trusted_server, first) as bus:
            _, data = make_request(first.key, "web-01", "base", request_place("web-01"))
            await bus.request(GUEST_SUBJECT, data)  # and dies before it kept the answer
        again = machine(tmp_path, trusted_server)
        heard = await ask_once(trusted_server, again)

        assert again.key.public == first.key.public
        assert heard.answer.verdict == "accepted"
        found = await operator.find()
        assert found is not None
        assert found.value.rivals == ()


async def test_a_peel_renews_with_its_own_name_only(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, Rules("base", policy="all")) as master:
        await ask_once(trusted_server, web)
        db = machine(tmp_path, trusted_server, "db-01")
        await ask_once(trusted_server, db)
        for login, subject in (
            (PeelLogin(web), "zester.renew.web-01"),
            (EntryLogin(web), "zester.enroll.web-01"),
        ):
            async with open_bus([trusted_server.url], name="web", login=login) as bus:
                _, own = make_request(web.key, "web-01", "base", request_place("web-01"))
                assert (await bus.request(subject, own)).data
                with pytest.raises(BusUnavailable):
                    await bus.request(subject.replace("web", "db"), own, timeout=0.5)
                _, others = make_request(db.key, "db-01", "base", request_place("db-01"))
                with pytest.raises(BusUnavailable):
                    await bus.request(subject, others, timeout=0.5)
        assert master.refused("WrongName") == 2


async def test_of_two_masters_one_answers_and_the_other_takes_over(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    rules = Rules("base", policy="all")
    async with admitting(trusted_server, rules, holder="m2", lead=False) as second:
        async with admitting(trusted_server, rules, holder="m1", lead=False) as first:
            await until("one leads", lambda: first.room.lease.held or second.room.lease.held)
            leader, other = (first, second) if first.room.lease.held else (second, first)
            for number in range(5):
                await ask_once(trusted_server, machine(tmp_path, trusted_server, f"n{number}"))
            assert leader.metrics.enrollment_answers.value() == 5
            assert other.metrics.enrollment_answers.value() == 0
        await until("the one that is left leads", lambda: second.room.lease.held)
        before = second.metrics.enrollment_answers.value()
        again = machine(tmp_path, trusted_server, "n0")
        await ask_once(trusted_server, again)

        assert second.metrics.enrollment_answers.value() == before + 1


async def test_without_a_master_a_machine_asks_in_vain_and_loses_nothing(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    with pytest.raises(BusUnavailable):
        await ask_once(trusted_server, web, timeout=0.5)

    async with admitting(trusted_server, Rules("base", policy="all")):
        heard = await ask_once(trusted_server, web)
    assert heard.answer.verdict == "accepted"


async def test_a_guest_can_read_nothing_and_hear_nobody(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web, other = (machine(tmp_path, trusted_server, node) for node in ("web-01", "other"))
    heard: list[bytes] = []
    async with (
        admitting(trusted_server, Rules("base", policy="all")),
        guest(trusted_server, other) as spy,
    ):
        await spy.subscribe("_INBOX_guest.>", lambda message: heard.append(message.data))
        await ask_once(trusted_server, web)
        await spy.flush()
        with pytest.raises(BusUnavailable):
            await Records(spy, NODES, timeout=0.5).get(make_key("web-01"))

    assert len(heard) == 1  # guests share an inbox, but what is in it is sealed
    assert web.passes is not None
    assert web.passes.peel.encode() not in heard[0]


async def test_the_bundle_must_be_there_before_anybody_is_admitted(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER, "m") as bus:
        await Records(bus, TRUST).delete("bundle")
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, Rules("base", policy="all")):
        with pytest.raises(BusUnavailable):
            await ask_once(trusted_server, web, timeout=0.5)


async def test_a_master_that_died_before_it_wrote_the_node_record_is_made_up_for(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with operating(trusted_server) as operator:
        async with admitting(trusted_server, Rules("base", policy="all")) as master:
            await ask_once(trusted_server, web)
            await Records(master.bus, NODES).delete(make_key("web-01"))
        async with admitting(trusted_server):

            async def there() -> bool:
                return await Records(operator.bus, NODES).get(make_key("web-01")) is not None

            await until("the next master writes it", there)
