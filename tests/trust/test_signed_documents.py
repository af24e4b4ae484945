"""Signed documents: whoever may not say something, here or now, is refused by name."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zester.errors import (
    BadSignature,
    CannotOpen,
    Expired,
    ExpiredSigner,
    InvalidToken,
    RevokedSigner,
    UnknownSigner,
    Unsigned,
    Untrusted,
    WrongAddressee,
    WrongTier,
)
from zester.trust.bundle import read_bundle
from zester.trust.envelope import Signer, read_envelope
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.sealing import BoxKey, box_public_of, seal, seal_steadily
from zester.trust.tiers import Tier, Verb, allowed, matches, person_name
from zester.trust.verifier import SKEW, Verifier

REALM = Realm.generate(["base", "prod"])
VERIFIER = REALM.verifier("base")
PUBLISHER = REALM.signer("base", Tier.PUBLISHER, "ci")
PLACE = "heads.base.cli"
GOOD = PUBLISHER.sign(PLACE, b'{"revision":7}')


def test_what_a_publisher_signs_for_a_head_is_believed() -> None:
    verified = VERIFIER.open(GOOD, PLACE)
    assert verified.payload == b'{"revision":7}'
    assert (verified.name, verified.tier) == ("ci", Tier.PUBLISHER)


def test_texts_of_every_kind_survive_signing() -> None:
    text = '{"a":"ü\\u0000\\n \N{SNOWMAN}"}'
    assert VERIFIER.open(PUBLISHER.sign(PLACE, text.encode()), PLACE).payload == text.encode()


@settings(max_examples=400)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_byte_is_never_accepted_as_something_else(place: int, byte: int) -> None:
    changed = GOOD[:place] + bytes([byte]) + GOOD[place + 1 :]
    try:
        assert VERIFIER.open(changed, PLACE).payload == b'{"revision":7}'
    except Untrusted:
        return
    # Only JSON's own freedom (a space for a space) may leave it as it was.
    assert json.loads(changed) == json.loads(GOOD)


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_reading(data: bytes) -> None:
    with pytest.raises(Untrusted):
        VERIFIER.open(data, PLACE)


@pytest.mark.parametrize("cut", [0, 1, 10, len(GOOD) // 2, len(GOOD) - 1])
def test_a_truncated_document_is_refused(cut: int) -> None:
    with pytest.raises(InvalidToken):
        VERIFIER.open(GOOD[:cut], PLACE)


def test_a_document_without_signature_says_so() -> None:
    for data in (b'{"revision":7}', b'{"signed":"{}","payload":"x","signature":""}'):
        with pytest.raises((Unsigned, InvalidToken)):
            VERIFIER.open(data, PLACE)
    with pytest.raises(Unsigned):
        VERIFIER.open(b'{"revision":7}', PLACE)


def test_the_payload_of_another_document_does_not_fit() -> None:
    wire = json.loads(GOOD)
    wire["payload"] = '{"revision":8}'
    with pytest.raises(BadSignature):
        VERIFIER.open(json.dumps(wire).encode(), PLACE)


def test_a_document_signed_for_another_place_is_refused() -> None:
    with pytest.raises(WrongAddressee, match="found at"):
        VERIFIER.open(GOOD, "heads.base.git")


def test_bytes_that_were_believed_once_are_judged_again_by_whoever_hears_them() -> None:
    hour = 3600
    data = PUBLISHER.sign(PLACE, b"{}", expires=time.time() + hour)

    assert VERIFIER.open(data, PLACE).payload == b"{}"
    assert read_envelope(data) is read_envelope(bytes(bytearray(data)))
    with pytest.raises(WrongAddressee):
        VERIFIER.open(data, "heads.base.git")
    with pytest.raises(WrongAddressee):
        REALM.verifier("prod").open(data, PLACE)
    with pytest.raises(UnknownSigner):
        Realm.generate(["base"]).verifier("base").open(data, PLACE)
    with pytest.raises(Expired):
        VERIFIER.open(data, PLACE, now=time.time() + hour + 2 * SKEW)


def test_a_document_of_another_environment_is_refused() -> None:
    other = REALM.signer("prod", Tier.PUBLISHER, "ci")
    with pytest.raises(WrongAddressee, match="environment 'prod'"):
        VERIFIER.open(other.sign(PLACE, b"{}"), PLACE)
    # Nor does it help to claim this environment with the other's token.
    with pytest.raises(UnknownSigner):
        VERIFIER.open(replace(other, env="base").sign(PLACE, b"{}"), PLACE)


@pytest.mark.parametrize("tier", [Tier.OPERATOR, Tier.MASTER, Tier.VIEWER, Tier.PEEL])
def test_only_publishers_sign_heads(tier: Tier) -> None:
    with pytest.raises((WrongTier, UnknownSigner)):
        VERIFIER.open(REALM.signer("base", tier, "x").sign(PLACE, b"{}"), PLACE)


def test_a_key_that_nobody_vouches_for_is_refused() -> None:
    stranger = KeyPair.generate(KeyKind.USER)
    for token in ("", "garbage", PUBLISHER.token):
        with pytest.raises(UnknownSigner):
            VERIFIER.open(Signer(stranger, token, "base").sign(PLACE, b"{}"), PLACE)
    foreign = Realm.generate().signer("base", Tier.PUBLISHER, "ci")
    with pytest.raises(UnknownSigner):
        VERIFIER.open(foreign.sign(PLACE, b"{}"), PLACE)


def test_a_revoked_key_is_refused_even_for_older_documents() -> None:
    bundle = REALM.bundle("base", serial=2, revoked={PUBLISHER.key.public: int(time.time())})
    verifier = Verifier(read_bundle(bundle, operator=REALM.operator_public, env="base"))
    with pytest.raises(RevokedSigner, match="ci was revoked"):
        verifier.open(GOOD, PLACE)


def test_an_expired_key_is_refused_also_when_it_claims_to_have_signed_before() -> None:
    now = time.time()
    credentials = REALM.issue("base", Tier.PUBLISHER, "old", lifetime=-2 * SKEW)
    signer = Signer(credentials.key, credentials.token, "base")
    with pytest.raises(ExpiredSigner):
        VERIFIER.open(signer.sign(PLACE, b"{}"), PLACE)
    ended = now - 2 * SKEW
    backdated = REALM.issue("base", Tier.PUBLISHER, "x", lifetime=-3 * SKEW)
    signer = Signer(backdated.key, backdated.token, "base")
    early = signer.sign(PLACE, b"{}", now=ended - 2 * SKEW)
    with pytest.raises(ExpiredSigner):
        VERIFIER.open(early, PLACE, stored=now)


def test_what_was_stored_in_time_stays_good_after_the_signer_expired() -> None:
    later = time.time() + 2 * 365 * 86_400
    assert VERIFIER.open(GOOD, PLACE, stored=time.time(), now=later).name == "ci"


def test_a_document_whose_time_is_over_or_still_to_come_is_refused() -> None:
    now = time.time()
    short = PUBLISHER.sign(PLACE, b"{}", expires=now + 60)
    assert VERIFIER.open(short, PLACE, now=now + 60 + SKEW - 5).payload == b"{}"
    with pytest.raises(Expired, match="valid until"):
        VERIFIER.open(short, PLACE, now=now + 60 + SKEW + 5)
    with pytest.raises(Expired, match="still to come"):
        VERIFIER.open(PUBLISHER.sign(PLACE, b"{}", now=now + SKEW + 60), PLACE)
    assert VERIFIER.open(PUBLISHER.sign(PLACE, b"{}", now=now + 600), PLACE).payload == b"{}"


def test_a_bundle_leads_back_to_the_pinned_operator_or_is_refused() -> None:
    data = REALM.bundle("base", serial=3)
    anchored = read_bundle(data, operator=REALM.operator_public, env="base")
    assert anchored.bundle.serial == 3
    assert set(anchored.signing.values()) == {Tier.MASTER, Tier.PUBLISHER, Tier.OPERATOR}
    with pytest.raises(UnknownSigner, match="pinned"):
        read_bundle(data, operator=Realm.generate().operator_public, env="base")
    with pytest.raises(WrongAddressee):
        read_bundle(data, operator=REALM.operator_public, env="prod")


def test_a_bundle_signed_by_somebody_else_is_refused() -> None:
    payload = read_envelope(REALM.bundle("base")).payload
    for key in (REALM.keys("base").nodes, KeyPair.generate(KeyKind.ACCOUNT), REALM.signing):
        forged = Signer(key, "", "base").sign("trust.bundle", payload)
        with pytest.raises((WrongTier, InvalidToken)):
            read_bundle(forged, operator=REALM.operator_public, env="base")


def test_an_account_made_by_the_key_for_daily_use_is_not_believed() -> None:
    """Masters hold that key: it must not be enough to name publishers."""
    imposed = replace(REALM, operator=REALM.signing).control_token("base")
    forged = replace(REALM, operator=REALM.signing).bundle("base", account=imposed)
    with pytest.raises(UnknownSigner):
        read_bundle(forged, operator=REALM.operator_public, env="base")


@given(st.binary(max_size=200))
def test_what_is_sealed_is_opened_by_its_key_alone(data: bytes) -> None:
    mine, other = BoxKey.generate(), BoxKey.generate()
    for sealed in (seal(mine.public, data), seal_steadily(mine.public, data, b"s" * 32, "c")):
        assert mine.open(sealed) == data
        assert len(sealed) == len(data) + 48
        with pytest.raises(CannotOpen):
            other.open(sealed)


@given(st.binary(max_size=100))
def test_garbage_cannot_be_opened(data: bytes) -> None:
    with pytest.raises(CannotOpen):
        BoxKey.generate().open(data)


def test_steady_sealing_repeats_itself_only_for_the_same_sealer_place_and_text() -> None:
    public = BoxKey.generate().public
    one = seal_steadily(public, b"text", b"s" * 32, "scope 1")
    assert one == seal_steadily(public, b"text", b"s" * 32, "scope 1")
    others = {
        seal_steadily(public, b"texT", b"s" * 32, "scope 1"),
        seal_steadily(public, b"text", b"S" * 32, "scope 1"),
        seal_steadily(public, b"text", b"s" * 32, "scope 2"),
        seal_steadily(BoxKey.generate().public, b"text", b"s" * 32, "scope 1"),
        one,
    }
    assert len(others) == 5
    assert len({sealed[:32] for sealed in others}) == 5  # no key is used for two texts


def test_a_box_key_is_derived_from_an_nkey() -> None:
    user = KeyPair.generate(KeyKind.USER)
    assert BoxKey.of(user).public == box_public_of(user.public)
    assert BoxKey.of(user).open(seal(box_public_of(user.public), b"x")) == b"x"
    secret = base64.urlsafe_b64encode(BoxKey.of(user).secret).decode()
    assert secret.rstrip("=") not in repr(BoxKey.of(user))


@pytest.mark.parametrize(
    ("pattern", "subject", "fits"),
    [
        ("a.*", "a.b", True),
        ("a.*", "a", False),
        ("a.*", "a.b.c", False),
        ("a.>", "a.b.c", True),
        ("a.>", "a", False),
        ("a.*", "a.>", True),
        ("a.b", "a.*", False),
        ("a.*.c", "a.>", False),
    ],
)
def test_patterns_mean_what_the_server_means(pattern: str, subject: str, fits: bool) -> None:
    assert matches(pattern, subject) is fits


def test_a_name_in_the_table_stands_for_ones_own_only() -> None:
    assert allowed(Tier.PEEL, Verb.PUBLISH, "$KV.facts.web", name="web")
    assert not allowed(Tier.PEEL, Verb.PUBLISH, "$KV.facts.web", name="db")
    assert not allowed(Tier.PEEL, Verb.PUBLISH, "$KV.facts.web")


def test_a_viewer_who_is_called_as_a_peel_is_does_not_share_its_inbox() -> None:
    assert not allowed(
        Tier.VIEWER, Verb.SUBSCRIBE, "_INBOX_web.>", name=person_name(Tier.VIEWER, "web")
    )


@pytest.mark.parametrize(
    "place", ["heads.base.kube/prod/web", "heads.base.kube/prod/a/b", "heads.base.kube/prod/x"]
)
def test_a_publisher_of_a_cluster_moves_the_sources_of_that_cluster(place: str) -> None:
    signed = REALM.signer("base", Tier.PUBLISHER, "kube/prod").sign(place, b"{}")
    assert VERIFIER.open(signed, place).name == "kube/prod"


@pytest.mark.parametrize(
    "place",
    [
        "heads.base.cli",
        "heads.base.kube/prod",
        "heads.base.kube/production/web",
        "heads.base.kube/other/web",
        "roles.admin",
        "kube/prod/x",
    ],
)
def test_a_publisher_of_a_cluster_signs_nothing_else(place: str) -> None:
    signed = REALM.signer("base", Tier.PUBLISHER, "kube/prod").sign(place, b"{}")
    with pytest.raises(WrongTier):
        VERIFIER.open(signed, place)
