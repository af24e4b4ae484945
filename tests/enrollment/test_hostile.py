"""Those who should not get in: refused, counted, visible, and cheap."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from support.enrolling import (
    GUEST_SUBJECT,
    Admitting,
    admitting,
    ask_once,
    guest,
    machine,
    operating,
)
from support.peel import until
from support.trusted import ENV
from zester.bus.buckets import ENROLLMENTS, ROLLUPS
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus, open_bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusUnavailable
from zester.resources.enrollment.refusals import Refusals
from zester.resources.enrollment.request import make_request, request_place
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier
from zester_controller.enrollment.reception import BURST
from zester_controller.enrollment.rules import Rules
from zester_peel.agent.identity.login import PeelLogin

pytestmark = pytest.mark.anyio

ALL = Rules(ENV, policy="all")


async def stored(bus: Bus) -> set[str]:
    return {record.key async for record in Records(bus, ENROLLMENTS).scan()}


async def told(bus: Bus) -> Refusals | None:
    record = await Records(bus, ROLLUPS).get(make_key("enrollment", "refused"))
    return Refusals.decode(record.value) if record is not None else None


async def test_a_second_machine_cannot_take_the_id_of_a_peel(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path / "true", trusted_server)
    thief = machine(tmp_path / "false", trusted_server)
    async with admitting(trusted_server, ALL) as master, operating(trusted_server) as operator:
        word = await operator.invite(trusted_server)
        await ask_once(trusted_server, web)

        for invitation in (None, word, None):
            heard = await ask_once(trusted_server, thief, invitation=invitation)
            assert (heard.answer.verdict, heard.answer.reason) == ("rejected", "IdTaken")

        assert not thief.enrolled
        assert master.refused("IdTaken") == 3
        found = await operator.find()
        assert found is not None
        assert (found.value.key, found.value.state) == (web.key.public, "accepted")
        assert [rival.key for rival in found.value.rivals] == [thief.key.public]
        assert found.value.rivals[0].source == "127.0.0.1"
        assert (await ask_once(trusted_server, web)).answer.verdict == "accepted"


async def test_a_request_that_was_heard_before_is_not_answered_again(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, ALL) as master, guest(trusted_server, web) as bus:
        _, data = make_request(web.key, "web-01", ENV, request_place("web-01"))
        await bus.request(GUEST_SUBJECT, data)

        with pytest.raises(BusUnavailable):
            await bus.request(GUEST_SUBJECT, data, timeout=0.5)

        assert master.refused("Replayed") == 1


async def test_rubbish_is_not_answered(trusted_server: EmbeddedServer, tmp_path: Path) -> None:
    web = machine(tmp_path, trusted_server)
    made, _ = make_request(web.key, "web-01", ENV, request_place("web-01"))
    other = KeyPair.generate(KeyKind.USER)
    rubbish = [
        b"",
        b"{}",
        b"\xff" * 100,
        b"[" * 8000,
        b"x" * 100_000,
        json.dumps({"signed": "{}", "payload": "", "signature": ""}).encode(),
        Signer(other, "", ENV).sign(request_place("web-01"), made.encode()),
        Signer(web.key, "", ENV).sign("nodes.web-01", made.encode()),
    ]
    async with admitting(trusted_server, ALL) as master, guest(trusted_server, web) as bus:
        for data in rubbish:
            with pytest.raises(BusUnavailable):
                await bus.request(GUEST_SUBJECT, data, timeout=0.2)

        assert master.refused("Unreadable") == len(rubbish)
        assert await stored(master.bus) == set()
        assert (await ask_once(trusted_server, web)).answer.verdict == "accepted"


async def flood(server: EmbeddedServer, tmp_path: Path, requests: list[bytes]) -> None:
    async with guest(server, machine(tmp_path, server, "flooder")) as bus:
        for number, data in enumerate(requests):
            # With a place for answers: what asks for none is not even looked at.
            await bus._need().publish(GUEST_SUBJECT, data, reply=f"_INBOX_guest.x.{number}")
        await bus.flush()


async def settled(master: Admitting, count: int) -> None:
    def seen() -> bool:
        refused = sum(master.metrics.enrollment_refused.values.values())
        return refused + master.metrics.enrollment_answers.value() >= count

    await until("all were looked at", seen, timeout=60)


async def test_ten_thousand_requests_of_one_source_cost_little_and_are_seen(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    key = KeyPair.generate(KeyKind.USER)
    requests = [
        make_request(key, f"fake-{number}", ENV, request_place(f"fake-{number}"))[1]
        for number in range(10_000)
    ]
    async with admitting(trusted_server) as master:
        await flood(trusted_server, tmp_path, requests)
        await settled(master, len(requests))

        written = await stored(master.bus)
        answered = master.metrics.enrollment_answers.value()
        assert 0 < len(written) <= 150
        assert answered <= BURST + 20 * 30
        assert master.refused("Flood") >= 9_000

        async def visible() -> bool:
            news = await told(master.bus)
            return news is not None and news.sources.get("127.0.0.1", 0) >= 9_000

        await until("operators see who floods", visible, timeout=40)


async def test_a_flood_keeps_no_peel_from_renewing(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server, ALL) as master:
        await ask_once(trusted_server, web)
        async with (
            open_bus([trusted_server.url], name="web", login=PeelLogin(web)) as bus,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(flood, trusted_server, tmp_path, [b"rubbish"] * 5_000)
            for _ in range(5):
                _, data = make_request(web.key, "web-01", ENV, request_place("web-01"))
                assert (await bus.request("zester.renew.web-01", data)).data
        assert master.refused("Flood") > 4_000


async def test_an_enrolment_that_nobody_vouches_for_is_not_followed(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with admitting(trusted_server) as master, operating(trusted_server) as operator:
        await ask_once(trusted_server, web)
        operator.signer = operator.realm.signer(ENV, Tier.PUBLISHER)
        await operator.accept()

        heard = await ask_once(trusted_server, web)

        assert (heard.answer.verdict, heard.answer.reason) == ("rejected", "WrongTier")
        assert master.refused("WrongTier") == 1
        assert not web.enrolled
