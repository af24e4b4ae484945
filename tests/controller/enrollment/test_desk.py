"""Requests at the desk: what is written is exact, whoever asks how often and wherever it stops."""

from __future__ import annotations

import time

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.enrolling import MACHINE, master_keys
from support.trusted import ENV
from zester.bus.buckets import ENROLLMENTS, NODES, TOKENS, TRUST
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import SignedKv
from zester.errors import InvalidToken, RevisionConflict, ZesterError
from zester.reconcile.clock import SystemClock
from zester.resources.enrollment.answer import EnrollAnswer, SealedAnswer
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.resources.enrollment.request import make_request, read_request, request_place
from zester.telemetry.metrics import Metrics
from zester.trust.envelope import read_envelope
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.sealing import BoxKey
from zester.trust.tiers import Tier
from zester_controller.enrollment.bundles import Bundles
from zester_controller.enrollment.desk import Desk, Knock
from zester_controller.enrollment.issuer import Issuer
from zester_controller.enrollment.refused import Refused
from zester_controller.enrollment.rules import Rules

pytestmark = pytest.mark.anyio


def desk_of(bus: Bus, realm: Realm, rules: Rules | None = None) -> Desk:
    """A master's desk that does not ask whether it may answer."""
    clock = SystemClock()
    bundles = Bundles(bus, operator=realm.operator_public, env=ENV)
    signer = realm.signer(ENV, Tier.MASTER)
    issuer = Issuer(signer, master_keys(realm), rules or Rules(ENV))
    return Desk(bus, bundles, issuer, Refused(clock, Metrics()), clock)


def asked(
    key: KeyPair, node: str, invitation: Invitation | None = None, source: str = "10.0.0.1"
) -> Knock:
    place = request_place(node)
    _, data = make_request(key, node, ENV, place, machine=MACHINE, invitation=invitation)
    return Knock(data, "guest", source)


def opened(data: bytes | None, key: KeyPair) -> EnrollAnswer:
    assert data is not None
    return SealedAnswer.decode(read_envelope(data).payload).open(BoxKey.of(key))


async def invite(bus: Bus, realm: Realm, uses: int) -> Invitation:
    key = KeyPair.generate(KeyKind.USER)
    record = JoinToken(id="abcd1234", env=ENV, key=key.public, uses=uses, created=1)
    kv = SignedKv(bus, TOKENS, JoinToken, realm.verifier(ENV))
    await kv.write("abcd1234", record, realm.signer(ENV, Tier.OPERATOR), over=0)
    return Invitation(
        url=("tls://nats:4222",),
        env=ENV,
        operator=realm.operator_public,
        ca=realm.authority_certificates,
        id="abcd1234",
        seed=key.seed,
    )


@pytest.fixture
async def there(bus: Bus, realm: Realm) -> Bus:
    await Records(bus, TRUST).put("bundle", realm.bundle(ENV))
    return bus


async def test_two_masters_at_once_let_in_no_more_than_a_token_allows(
    there: Bus, realm: Realm
) -> None:
    word = await invite(there, realm, uses=5)
    desks = [desk_of(there, realm) for _ in range(2)]
    verdicts: list[str] = []

    async def ask(number: int) -> None:
        key = KeyPair.generate(KeyKind.USER)
        while True:
            try:
                data = await desks[number % 2].handle(asked(key, f"web-{number}", word))
            except RevisionConflict:
                continue  # not answered: a machine asks again
            verdicts.append(opened(data, key).reason)
            return

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(ask, number)

    assert verdicts.count("Accepted") == 5
    assert verdicts.count("TokenUsedUp") == 15
    used = await SignedKv(there, TOKENS, TokenUse, realm.verifier(ENV)).get("abcd1234.used")
    assert used is not None
    assert len(used.value.keys) == 5


async def test_two_machines_that_ask_for_one_id_at_once_are_one_peel_and_one_rival(
    there: Bus, realm: Realm
) -> None:
    desks = [desk_of(there, realm, Rules(ENV, policy="all")) for _ in range(2)]
    keys = [KeyPair.generate(KeyKind.USER) for _ in range(2)]
    reasons: dict[str, str] = {}

    async def ask(number: int) -> None:
        data = await desks[number].handle(asked(keys[number], "web-01"))
        reasons[keys[number].public] = opened(data, keys[number]).reason

    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(ask, number)

    assert sorted(reasons.values()) == ["Accepted", "IdTaken"]
    kv = SignedKv(there, ENROLLMENTS, Enrollment, realm.verifier(ENV))
    found = await kv.get(make_key("web-01"))
    assert found is not None
    assert reasons[found.value.key] == "Accepted"
    assert len(found.value.rivals) == 1


async def test_a_use_that_was_noted_before_a_crash_is_given_to_the_same_key_again(
    there: Bus, realm: Realm
) -> None:
    word = await invite(there, realm, uses=1)
    key = KeyPair.generate(KeyKind.USER)
    uses = SignedKv(there, TOKENS, TokenUse, realm.verifier(ENV))
    # As a master leaves it that dies between its two writes.
    await uses.write(
        "abcd1234.used", TokenUse().plus(key.public), realm.signer(ENV, Tier.MASTER), over=0
    )

    answer = opened(await desk_of(there, realm).handle(asked(key, "web-01", word)), key)
    other = KeyPair.generate(KeyKind.USER)
    late = opened(await desk_of(there, realm).handle(asked(other, "web-02", word)), other)

    assert (answer.reason, late.reason) == ("Accepted", "TokenUsedUp")


async def test_uses_that_cannot_be_believed_are_not_counted_from_nothing(
    there: Bus, realm: Realm
) -> None:
    word = await invite(there, realm, uses=1)
    await Records(there, TOKENS).put("abcd1234.used", TokenUse().encode())
    key = KeyPair.generate(KeyKind.USER)

    answer = opened(await desk_of(there, realm).handle(asked(key, "web-01", word)), key)

    assert (answer.verdict, answer.reason) == ("rejected", "Unsigned")


async def test_new_names_of_one_source_are_written_down_only_so_often(
    there: Bus, realm: Realm
) -> None:
    desk = desk_of(there, realm)
    key = KeyPair.generate(KeyKind.USER)
    answers = [await desk.handle(asked(key, f"n{number}")) for number in range(150)]

    assert 90 < sum(answer is not None for answer in answers) < 120
    assert await desk.handle(asked(key, "other", source="10.0.0.2")) is not None
    assert await Records(there, NODES).get("n1") is None


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_request_that_was_changed_anywhere_is_never_read(data: st.DataObject) -> None:
    key = KeyPair.generate(KeyKind.USER)
    made, good = make_request(key, "web-01", ENV, request_place("web-01"))
    place = data.draw(st.integers(0, len(good) - 1))
    changed = bytearray(good)
    changed[place] = data.draw(st.integers(0, 255))
    try:
        found = read_request(bytes(changed))
    except ZesterError:
        return
    assert found == made


@settings(max_examples=300)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode()))
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    with pytest.raises(ZesterError):
        read_request(data)
    with pytest.raises(InvalidToken):
        Invitation.parse(data.decode("utf-8", "replace"))


async def test_renewals_are_cheap(there: Bus, realm: Realm) -> None:
    desk = desk_of(there, realm, Rules(ENV, policy="all"))
    key = KeyPair.generate(KeyKind.USER)
    await desk.handle(asked(key, "web-01"))
    knocks = [Knock(asked(key, "web-01").data, "web-01", "10.0.0.1") for _ in range(200)]
    before = time.process_time()
    for knock in knocks:
        assert await desk.handle(knock) is not None
    each = (time.process_time() - before) / len(knocks)

    assert each < 0.02, f"{each * 1e6:.0f} µs of the master's CPU for each renewal"
