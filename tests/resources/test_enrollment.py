"""Requests, answers, join tokens and labels, also from hostile hands."""

from __future__ import annotations

import json

import pytest

from zester.errors import (
    BadSignature,
    CannotOpen,
    InvalidDocument,
    InvalidKey,
    InvalidToken,
    Untrusted,
    WrongAddressee,
)
from zester.resources.enrollment.answer import EnrollAnswer, SealedAnswer
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.resources.enrollment.request import (
    REQUEST_LIMIT,
    make_request,
    read_request,
    request_place,
)
from zester.resources.nodes.labels import check_labels, parse_labels
from zester.trust.envelope import Signer
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.sealing import BoxKey
from zester.trust.tokens import encode_part

KEY = KeyPair.generate(KeyKind.USER)
JOIN = KeyPair.generate(KeyKind.USER)
OPERATOR = KeyPair.generate(KeyKind.OPERATOR)
PLACE = request_place("web-01")
INVITATION = Invitation(
    url=("tls://nats:4222",),
    env="base",
    operator=OPERATOR.public,
    ca=("-----BEGIN CERTIFICATE-----",),
    id="abcd1234",
    seed=JOIN.seed,
)


def test_a_request_is_read_as_it_was_made() -> None:
    made, data = make_request(KEY, "web-01", "base", PLACE, invitation=INVITATION)

    found = read_request(data)

    assert found == made
    assert found.proven(JOIN.public)
    assert len(data) < 1500


def test_no_two_requests_are_alike() -> None:
    first, second = (make_request(KEY, "web-01", "base", PLACE)[0] for _ in range(2))

    assert first.nonce != second.nonce


def test_a_token_without_its_key_proves_nothing() -> None:
    made, _ = make_request(KEY, "web-01", "base", PLACE)
    claimed = made.model_copy(update={"token": INVITATION.id})

    assert not claimed.proven(JOIN.public)
    assert not claimed.model_copy(update={"proof": "x" * 80}).proven(JOIN.public)


@pytest.mark.parametrize(
    "stolen", [{"key": JOIN.public}, {"id": "web-02"}, {"env": "prod"}, {"nonce": "0" * 32}]
)
def test_a_proof_is_good_for_one_request_of_one_key(stolen: dict[str, str]) -> None:
    made, _ = make_request(KEY, "web-01", "base", PLACE, invitation=INVITATION)

    assert not made.model_copy(update=stolen).proven(JOIN.public)


def test_a_request_in_anothers_name_is_refused() -> None:
    made, _ = make_request(KEY, "web-01", "base", PLACE)
    forged = Signer(KeyPair.generate(KeyKind.USER), "", "base").sign(PLACE, made.encode())

    with pytest.raises(BadSignature):
        read_request(forged)


def test_what_was_signed_for_something_else_is_no_request() -> None:
    made, _ = make_request(KEY, "web-01", "base", PLACE)

    for env, place in (("base", "facts.web-01"), ("prod", PLACE)):
        with pytest.raises(WrongAddressee):
            read_request(Signer(KEY, "", env).sign(place, made.encode()))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../web"},
        {"id": ""},
        {"env": ""},
        {"key": OPERATOR.public},
        {"key": "U" * 56},
        {"nonce": "short"},
        {"nonce": "G" * 32},
        {"at": 0},
        {"at": 2**60},
        {"at": 1.5},
        {"machine": {"host": "h" * 1000}},
        {"token": "t" * 100},
        {"more": 1},
    ],
)
def test_a_request_outside_the_grammar_is_refused(change: dict[str, object]) -> None:
    made, _ = make_request(KEY, "web-01", "base", PLACE)
    body = json.dumps({**json.loads(made.encode()), **change}).encode()

    with pytest.raises(InvalidDocument):
        read_request(Signer(KEY, "", "base").sign(PLACE, body))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"null", b"\xff", b"[" * 5000, b'{"signed":1}', b"x" * (REQUEST_LIMIT + 1)]
)
def test_rubbish_is_no_request(data: bytes) -> None:
    with pytest.raises((Untrusted, InvalidDocument)):
        read_request(data)


def test_a_join_token_is_one_word_that_shows_nothing() -> None:
    word = INVITATION.text()

    assert Invitation.parse(f"  {word[:40]}\n{word[40:]}\n") == INVITATION
    assert word.isascii()
    assert not set(word) & set(" \n=+/")
    assert JOIN.seed not in f"{INVITATION!r} {INVITATION}"


@pytest.mark.parametrize(
    "change",
    [
        {"operator": KEY.public},
        {"seed": OPERATOR.seed},
        {"seed": "SU"},
        {"url": []},
        {"ca": []},
        {"env": "a b"},
        {"more": "x"},
    ],
)
def test_a_word_that_is_no_join_token_is_refused_without_repeating_it(
    change: dict[str, object],
) -> None:
    body = json.dumps({**json.loads(INVITATION.encode()), **change}).encode()

    with pytest.raises(InvalidToken) as caught:
        Invitation.parse(encode_part(body))

    assert caught.value.__cause__ is None
    assert JOIN.seed not in str(caught.value)


@pytest.mark.parametrize("word", ["", "a", "é", "e30", "x" * 100_000, "\x00"])
def test_rubbish_is_no_join_token(word: str) -> None:
    with pytest.raises(InvalidToken):
        Invitation.parse(word)


def test_only_the_one_who_asked_can_read_the_answer() -> None:
    answer = EnrollAnswer(
        nonce="0" * 32,
        id="web-01",
        key=KEY.public,
        verdict="accepted",
        reason="Accepted",
        bundle="{}",
        labels={"role": "db"},
        at=1,
    )

    sealed = SealedAnswer.of(answer)

    assert sealed.open(BoxKey.of(KEY)) == answer
    assert b"role" not in sealed.encode()
    with pytest.raises(CannotOpen):
        sealed.open(BoxKey.of(JOIN))


def test_labels_are_read_and_sorted() -> None:
    assert list(parse_labels(["role=db", "env=prod=1", "a.b/c=x y"]).items()) == [
        *(("a.b/c", "x y"), ("env", "prod=1"), ("role", "db"))
    ]


@pytest.mark.parametrize(
    "text",
    ["role", "=db", "role=", "-a=b", "a b=c", "a=\x1b[2J", "a=" + "x" * 300, "a" * 70 + "=b"],
)
def test_what_is_no_label_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey):
        parse_labels([text])


def test_labels_are_not_without_number() -> None:
    with pytest.raises(InvalidKey, match="more than"):
        check_labels({f"l{number}": "x" for number in range(65)})


def test_a_token_remembers_whom_it_let_in() -> None:
    use = TokenUse().plus(KEY.public)

    assert use.has(KEY.public)
    assert not use.has(JOIN.public)


@pytest.mark.parametrize(
    "change", [{"uses": 0}, {"uses": 10**6}, {"expires": -1}, {"id": "A"}, {"labels": {"": "x"}}]
)
def test_a_stored_token_outside_its_bounds_is_refused(change: dict[str, object]) -> None:
    good = {"id": "abcd1234", "env": "base", "key": JOIN.public, "created": 1}
    JoinToken.decode(json.dumps(good).encode())

    with pytest.raises(InvalidDocument):
        JoinToken.decode(json.dumps({**good, **change}).encode())
