"""Recognising a rival."""

from __future__ import annotations

from zester_peel.agent.upkeep.contest import FIRST_HOLD, MAX_HOLD, Contest


def test_a_few_corrections_are_no_contest() -> None:
    contest = Contest(limit=10, window=60)

    assert [contest.corrected("a", second) for second in range(10)] == [0.0] * 10
    assert contest.contested(10) == ()


def test_a_rival_every_second_is_left_alone_for_longer_and_longer() -> None:
    contest = Contest(limit=10, window=60)
    now, holds = 0.0, []
    for _ in range(20):
        hold = contest.corrected("a", now)
        holds.append(hold)
        now += max(1.0, hold)

    assert holds[:10] == [0.0] * 10
    assert holds[10:14] == [FIRST_HOLD, FIRST_HOLD * 2, FIRST_HOLD * 4, FIRST_HOLD * 8]
    assert max(holds) == MAX_HOLD
    assert contest.contested(now) == ("a",)


def test_corrections_spread_over_a_long_time_are_no_contest() -> None:
    contest = Contest(limit=3, window=60)

    assert [contest.corrected("a", number * 25) for number in range(50)] == [0.0] * 50


def test_a_hold_is_over_when_its_time_has_come() -> None:
    contest = Contest(limit=1, window=60)
    contest.corrected("a", 0)
    assert contest.corrected("a", 1) == FIRST_HOLD

    assert contest.remaining("a", 1.5) == FIRST_HOLD - 0.5
    assert contest.remaining("a", 1 + FIRST_HOLD) == 0
    assert contest.remaining("b", 1) == 0


def test_a_contest_ends_after_a_quiet_window() -> None:
    contest = Contest(limit=1, window=60)
    contest.corrected("a", 0)
    contest.corrected("a", 1)
    quiet = 1 + FIRST_HOLD + 60

    assert contest.contested(quiet - 0.1) == ("a",)
    assert contest.next_change(quiet - 10) == 10
    assert contest.contested(quiet + 0.1) == ()
    assert contest.next_change(quiet + 1) is None
    assert contest.corrected("a", quiet + 1) == 0.0


def test_a_state_that_is_no_longer_managed_is_forgotten() -> None:
    contest = Contest(limit=1, window=60)
    contest.corrected("a", 0)
    contest.corrected("a", 1)

    contest.forget(frozenset({"a"}))

    assert contest.contested(1) == ()
