"""Every way to ask, and what is decided."""

from __future__ import annotations

from typing import Any

import pytest

from zester.resources.enrollment.enrollment import RIVALS_LIMIT, Enrollment, Rival
from zester.resources.enrollment.invitation import Invitation
from zester.resources.enrollment.join_token import JoinToken, TokenUse
from zester.resources.enrollment.request import EnrollRequest, make_request
from zester.trust.nkeys import KeyKind, KeyPair
from zester_controller.enrollment.policy import Asked, Decision, HeldToken, decide
from zester_controller.enrollment.rules import Policy, Rules

NOW = 1_800_000_000.0
DAY = 86_400.0
ID = "web-01"
RULES = Rules("base")

KEY, OTHER, JOIN = (KeyPair.generate(KeyKind.USER) for _ in range(3))
INVITATION = Invitation(
    url=("tls://nats:4222",),
    env="base",
    operator=KeyPair.generate(KeyKind.OPERATOR).public,
    ca=("pem",),
    id="abcd1234",
    seed=JOIN.seed,
)
TOKEN = JoinToken(
    id="abcd1234", env="base", key=JOIN.public, uses=2, labels={"role": "web"}, created=1
)


def request(
    key: KeyPair = KEY, *, at: float = NOW, token: bool = False, node: str = ID, env: str = "base"
) -> EnrollRequest:
    invitation = INVITATION if token else None
    return make_request(key, node, env, "requests.x", invitation=invitation, now=at)[0]


def asked(made: EnrollRequest | None = None, *, inside: bool = False) -> Asked:
    return Asked(made or request(), "10.0.0.1", inside)


def known(state: str = "accepted", key: KeyPair = KEY, **more: Any) -> Enrollment:  # noqa: ANN401
    return Enrollment.model_validate(
        {
            "id": ID,
            "env": "base",
            "key": key.public,
            "state": state,
            "requested": int(NOW) - 100,
            "decided": int(NOW) - 50,
            **more,
        }
    )


def ask(
    made: EnrollRequest | None = None,
    record: Enrollment | None = None,
    token: HeldToken | None = None,
    rules: Rules = RULES,
    *,
    inside: bool = False,
    now: float = NOW,
) -> Decision:
    return decide(asked(made, inside=inside), record, token, rules, now)


def test_an_unknown_machine_waits_for_an_operator() -> None:
    decision = ask()

    assert (decision.verdict, decision.reason, decision.new) == ("pending", "Pending", True)
    assert decision.record is not None
    assert decision.record.state == "pending"
    assert decision.record.source == "10.0.0.1"
    assert decision.record.labels == {}


def test_asking_again_while_waiting_writes_nothing() -> None:
    decision = ask(record=known("pending", decided=None))

    assert (decision.verdict, decision.record) == ("pending", None)


@pytest.mark.parametrize(
    ("rules", "by"),
    [(Rules("base", policy="all"), "policy all"), (Rules("base", allow=("web-*",)), "allow list")],
)
def test_a_policy_can_let_in(rules: Rules, by: str) -> None:
    for record in (None, known("pending", decided=None)):
        decision = ask(record=record, rules=rules)

        assert decision.verdict == "accepted"
        assert decision.record is not None
        assert (decision.record.state, decision.record.by) == ("accepted", by)
        assert decision.record.labels == {}


def test_an_allow_list_lets_nobody_else_in() -> None:
    assert ask(rules=Rules("base", allow=("db-*", "web-0"))).verdict == "pending"


def test_a_join_token_lets_in_with_its_labels_and_is_counted() -> None:
    decision = ask(request(token=True), token=HeldToken(TOKEN))

    assert decision.verdict == "accepted"
    assert decision.record is not None
    assert decision.record.labels == {"role": "web"}
    assert decision.record.token == TOKEN.id
    assert decision.use is not None
    assert decision.use.has(KEY.public)


def test_the_same_key_uses_up_a_token_once() -> None:
    use = TokenUse().plus(KEY.public)

    decision = ask(request(token=True), token=HeldToken(TOKEN, use))

    assert (decision.verdict, decision.use) == ("accepted", None)


def test_a_token_without_a_count_is_not_counted() -> None:
    decision = ask(request(token=True), token=HeldToken(TOKEN.model_copy(update={"uses": None})))

    assert (decision.verdict, decision.use) == ("accepted", None)


@pytest.mark.parametrize(
    ("change", "use", "reason"),
    [
        (None, TokenUse(), "TokenUnknown"),
        ({"env": "prod"}, TokenUse(), "TokenUnknown"),
        ({"key": OTHER.public}, TokenUse(), "TokenForged"),
        ({"expires": int(NOW) - 1}, TokenUse(), "TokenExpired"),
        ({"ids": ("db-*",)}, TokenUse(), "TokenNotForThis"),
        ({"ids": ()}, TokenUse(), "TokenNotForThis"),
        ({"uses": 1}, TokenUse().plus(OTHER.public), "TokenUsedUp"),
    ],
)
def test_a_token_that_is_not_good_is_refused_and_nothing_is_written(
    change: dict[str, Any] | None, use: TokenUse, reason: str
) -> None:
    stored = TOKEN.model_copy(update=change) if change is not None else None

    decision = ask(request(token=True), token=HeldToken(stored, use))

    assert (decision.verdict, decision.reason) == ("rejected", reason)
    assert (decision.record, decision.use) == (None, None)


def test_a_bad_token_is_not_made_good_by_an_open_policy() -> None:
    decision = ask(request(token=True), rules=Rules("base", policy="all"))

    assert decision.reason == "TokenUnknown"


def test_a_peel_gets_new_tokens_as_often_as_it_asks() -> None:
    fresh = known(renewed=int(NOW) - 60)

    for inside in (True, False):
        decision = ask(record=fresh, inside=inside)
        assert (decision.verdict, decision.record) == ("accepted", None)


def test_renewals_are_noted_now_and_then() -> None:
    decision = ask(record=known(renewed=int(NOW - 0.6 * DAY)), inside=True)

    assert decision.record is not None
    assert decision.record.renewed == int(NOW)


def test_after_its_grace_a_peel_waits_for_an_operator() -> None:
    gone = known(decided=int(NOW - 400 * DAY), renewed=int(NOW - 32 * DAY))

    assert ask(record=known(decided=1, renewed=int(NOW - 30 * DAY))).verdict == "accepted"
    decision = ask(record=gone)
    assert (decision.verdict, decision.reason) == ("pending", "AwayTooLong")
    assert decision.record is not None
    assert decision.record.state == "pending"
    assert ask(record=gone, inside=True).verdict == "accepted"


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("token", [None, HeldToken(TOKEN)])
@pytest.mark.parametrize("rules", [RULES, Rules("base", policy="all")])
def test_a_second_key_for_a_taken_id_is_refused_and_remembered(
    rules: Rules, token: HeldToken | None, inside: bool
) -> None:
    made = request(OTHER, token=token is not None)

    decision = ask(made, known(), token, rules, inside=inside)

    assert (decision.verdict, decision.reason) == ("rejected", "IdTaken")
    assert decision.record is not None
    assert decision.record.key == KEY.public
    assert [rival.key for rival in decision.record.rivals] == [OTHER.public]
    assert decision.use is None


def test_a_rival_is_written_once_and_not_without_number() -> None:
    rival = Rival(key=OTHER.public, at=1)
    many = tuple(
        Rival(key=KeyPair.generate(KeyKind.USER).public, at=1) for _ in range(RIVALS_LIMIT)
    )

    assert ask(request(OTHER), known(rivals=(rival,))).record is None
    assert ask(request(OTHER), known(rivals=many)).record is None


def test_who_asked_first_keeps_waiting_whoever_comes_after() -> None:
    decision = ask(request(OTHER), known("pending"))

    assert (decision.verdict, decision.reason) == ("rejected", "IdClaimed")
    assert decision.record is not None
    assert (decision.record.key, decision.record.state) == (KEY.public, "pending")


def test_a_join_token_beats_whoever_asked_first_without_one() -> None:
    decision = ask(request(OTHER, token=True), known("pending"), HeldToken(TOKEN))

    assert decision.verdict == "accepted"
    assert decision.record is not None
    assert decision.record.key == OTHER.public
    assert [rival.key for rival in decision.record.rivals] == [KEY.public]


@pytest.mark.parametrize("state", ["pending", "accepted", "rejected", "revoked"])
@pytest.mark.parametrize("policy", ["manual", "all"])
@pytest.mark.parametrize("token", [None, HeldToken(TOKEN)])
def test_a_revoked_key_never_comes_back(
    state: str,
    policy: Policy,
    token: HeldToken | None,
) -> None:
    record = known(state, revoked={KEY.public: 5})
    made = request(token=token is not None)

    decision = ask(made, record, token, Rules("base", policy=policy), inside=True)

    assert (decision.verdict, decision.reason) == ("rejected", "Revoked")
    assert decision.record is None


def test_a_new_key_for_a_revoked_id_needs_somebodys_word() -> None:
    record = known("revoked", revoked={KEY.public: 5})

    waiting = ask(request(OTHER), record, rules=Rules("base", policy="all", allow=("*",)))
    let_in = ask(request(OTHER, token=True), record, HeldToken(TOKEN))

    assert waiting.verdict == "pending"
    assert let_in.verdict == "accepted"
    for decision in (waiting, let_in):
        assert decision.record is not None
        assert decision.record.revoked == {KEY.public: 5}


def test_a_rejected_key_stays_rejected_and_another_one_may_ask() -> None:
    record = known("rejected", refused=(KEY.public,), note="who are you")

    again = ask(record=record, rules=Rules("base", policy="all"))
    other = ask(request(OTHER), record)

    assert (again.verdict, again.reason, again.message) == ("rejected", "Rejected", "who are you")
    assert other.verdict == "pending"
    assert other.record is not None
    assert other.record.refused == (KEY.public,)


@pytest.mark.parametrize("shift", [-600, 600])
def test_clocks_may_be_ten_minutes_apart(shift: float) -> None:
    assert ask(request(at=NOW + shift)).verdict == "pending"


@pytest.mark.parametrize("shift", [-3600, 3600])
def test_an_old_request_is_refused_and_so_is_one_of_the_future(shift: float) -> None:
    decision = ask(request(at=NOW + shift), rules=Rules("base", policy="all"))

    assert (decision.reason, decision.record) == ("ClockSkew", None)


def test_a_request_for_another_environment_is_refused() -> None:
    decision = ask(request(env="prod"), rules=Rules("base", policy="all"))

    assert (decision.reason, decision.record) == ("WrongEnvironment", None)


def test_nobody_is_called_like_those_who_have_no_name() -> None:
    decision = ask(request(node="guest"), rules=Rules("base", policy="all"))

    assert (decision.reason, decision.record) == ("ReservedName", None)
