"""Whom a caller waits for, and when it tells a job again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import cast

import anyio
import pytest

from zester.bus.jobs import patience
from zester.bus.jobs.following import Following
from zester.bus.jobs.patience import Awaited, Patience
from zester.bus.link.connection import Bus
from zester.resources.jobs.job import new_job_id
from zester.resources.jobs.job_return import JobReturn

pytestmark = pytest.mark.anyio


class Connected:
    """A bus that is there."""

    connected = True


def answer(following: Following, node: str) -> None:
    told = JobReturn(jid=following.jid, node=node, who="alice", function="test.ping", status="done")
    following.take(f"zester.job.{following.jid}.return.{node}", told.encode())


def waiting(following: Following, again: Callable[[], Awaitable[None]]) -> Patience:
    async def present() -> frozenset[str]:
        return frozenset()

    return Patience(cast(Bus, Connected()), following, again, present, lambda _: None)


async def test_a_job_is_not_told_again_while_answers_pour_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "LULL", 30.0)  # this computer may be slow
    fleet = [f"n{number}" for number in range(10_000)]
    following, told = Following(new_job_id()), 0

    async def again() -> None:
        nonlocal told
        told += 1

    async def talk() -> None:
        for number, node in enumerate(fleet):
            answer(following, node)
            if number % 500 == 0:
                await anyio.sleep(2 * patience.AGAIN / 20)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(talk)
        silent = await waiting(following, again).wait(lambda: Awaited(frozenset(fleet)))

    assert silent == frozenset()
    assert len(following.heard) == len(fleet)
    assert told == 0


async def test_whoever_says_nothing_is_told_again_and_named() -> None:
    following, told = Following(new_job_id()), 0
    answer(following, "a")

    async def again() -> None:
        nonlocal told
        told += 1
        answer(following, "b")

    silent = await waiting(following, again).wait(lambda: Awaited(frozenset("abc")))

    assert silent == frozenset("c")
    assert told == 1


async def test_the_more_have_to_hear_a_job_the_later_it_is_told_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "HEARD_EACH", 30.0)
    monkeypatch.setattr(patience, "AGAIN_EACH", 30.0)
    following, told = Following(new_job_id()), 0
    answer(following, "a")

    async def again() -> None:
        nonlocal told
        told += 1

    silent = await waiting(following, again).wait(lambda: Awaited(frozenset("abc")))

    assert silent == frozenset("bc")
    assert told == 0


async def test_a_job_is_not_told_again_at_once_while_nobody_knows_whom_it_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "UNKNOWN", 600.0)
    following, told = Following(new_job_id()), 0
    known = time.monotonic() + 3 * patience.AGAIN

    async def again() -> None:
        nonlocal told
        told += 1

    def awaited() -> Awaited | None:
        if time.monotonic() < known:
            return None
        answer(following, "a")
        return Awaited(frozenset("a"))

    assert await waiting(following, again).wait(awaited) == frozenset()
    assert told == 0


async def test_the_last_of_a_large_fleet_may_come_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "SILENCE_OF_SOME", 0.0)
    monkeypatch.setattr(patience, "EACH", 0.002)
    fleet = [f"n{number}" for number in range(500)]
    following = Following(new_job_id())

    async def again() -> None:
        return

    async def talk() -> None:
        for node in fleet[:-4]:
            answer(following, node)
        for node in fleet[-4:]:
            await anyio.sleep(1.75 * patience.QUIET)
            answer(following, node)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(talk)
        silent = await waiting(following, again).wait(lambda: Awaited(frozenset(fleet)))

    assert silent == frozenset()


async def test_nobody_was_silent_while_the_caller_itself_stood_still() -> None:
    following = Following(new_job_id())
    answer(following, "a")
    stands_still = 3 * patience.SILENCE

    async def again() -> None:
        return

    async def stand_still() -> None:
        time.sleep(stands_still)  # noqa: ASYNC251 - as a process that is stopped, or starved
        await anyio.sleep(patience.SILENCE_OF_SOME / 4)
        answer(following, "b")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stand_still)
        silent = await waiting(following, again).wait(lambda: Awaited(frozenset("ab")))

    assert silent == frozenset()
