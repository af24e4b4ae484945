"""Which removals are too many to be meant."""

from __future__ import annotations

from dataclasses import dataclass

from zester_controller.mirror.publish.guard import WINDOW, DeletionGuard


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def names(count: int) -> list[str]:
    return [f"o{number}" for number in range(count)]


def test_few_go_and_many_wait_until_all_of_them_are_confirmed() -> None:
    guard = DeletionGuard(Clock())
    there = names(30)
    assert guard.judge(there, there[:10], 0, sudden=False) is None
    stopped = guard.judge(there, there[:11], 0, sudden=False)
    assert stopped is not None
    assert (stopped.count, stopped.of) == (11, 30)
    assert "zester.dev/confirm-deletion=11" in stopped.message
    assert guard.judge(there, there[:11], 10, sudden=False) is not None
    assert guard.judge(there, there[:11], 11, sudden=False) is None


def test_of_many_a_fifth_may_go() -> None:
    guard = DeletionGuard(Clock())
    assert guard.judge(names(1000), names(200), 0, sudden=False) is None
    assert guard.judge(names(1000), names(201), 0, sudden=False) is not None


def test_the_last_one_may_go_when_it_goes_alone_and_is_asked_for() -> None:
    guard = DeletionGuard(Clock())
    assert guard.judge(names(1), names(1), 0, sudden=False) is None
    assert guard.judge(names(1), names(1), 0, sudden=True) is not None
    assert guard.judge(names(2), names(2), 0, sudden=False) is not None


def test_removals_one_after_the_other_are_counted_together_for_a_while() -> None:
    clock = Clock()
    guard = DeletionGuard(clock)
    there = names(30)
    for place in range(10):
        assert guard.judge(there[place:], there[place : place + 1], 0, sudden=False) is None
        guard.done(there[place : place + 1])
    assert guard.judge(there[10:], there[10:11], 0, sudden=False) is not None
    clock.now += WINDOW
    assert guard.judge(there[10:], there[10:11], 0, sudden=False) is None
