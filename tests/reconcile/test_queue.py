"""The keyed queue, on a clock that the test owns."""

from __future__ import annotations

import anyio
import pytest

from zester.errors import BusUnavailable, TerminalError
from zester.reconcile.backoff import Backoff
from zester.reconcile.clock import SystemClock
from zester.reconcile.queue import KeyedQueue
from zester.reconcile.reconciler import Requeue
from zester.reconcile.worker import Worker

pytestmark = pytest.mark.anyio


class ManualClock(SystemClock):
    """Time stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def queue(clock: ManualClock, *, allowance: int = 2) -> KeyedQueue[str]:
    return KeyedQueue(coalesce=0.2, allowance=allowance, clock=clock)


async def taken(of: KeyedQueue[str]) -> set[str]:
    """What is due right now."""
    with anyio.move_on_after(0.01):
        return set(await of.take())
    return set()


async def test_the_first_event_of_a_quiet_key_is_due_at_once() -> None:
    work = queue(ManualClock())
    work.add("a")

    assert await taken(work) == {"a"}
    assert await taken(work) == set()


async def test_a_key_is_in_the_queue_at_most_once() -> None:
    work = queue(ManualClock())
    for _ in range(1000):
        work.add("a")
        work.add("b")

    assert len(work) == 2
    assert await taken(work) == {"a", "b"}


async def test_a_key_that_keeps_coming_spends_its_allowance_and_then_waits() -> None:
    clock = ManualClock()
    work = queue(clock, allowance=2)
    looks = 0
    for _ in range(100):  # a hundred events within half a second
        work.add("a")
        looks += bool(await taken(work))
        clock.now += 0.005
    clock.now += 1
    looks += bool(await taken(work))

    assert looks in (4, 5, 6)
    assert len(work) == 0, "the last event was looked at"


async def test_a_waiting_key_comes_due_by_itself() -> None:
    work: KeyedQueue[str] = KeyedQueue(coalesce=0.05, allowance=1)
    work.add("a")
    assert await work.take() == {"a"}
    work.add("a")

    with anyio.fail_after(30):
        assert await work.take() == {"a"}


async def test_a_busy_key_does_not_hold_up_another() -> None:
    clock = ManualClock()
    work = queue(clock, allowance=1)
    work.add("busy")
    await taken(work)
    work.add("busy")
    work.add("quiet")

    assert await taken(work) == {"quiet"}


async def test_an_earlier_wish_stays_and_a_later_one_is_dropped() -> None:
    clock = ManualClock()
    work = queue(clock)
    work.add_after("a", 5)
    work.add_after("a", 50)
    clock.now += 6

    assert await taken(work) == {"a"}
    assert len(work) == 0


async def test_a_discarded_key_is_forgotten() -> None:
    work = queue(ManualClock())
    work.add("a")
    work.discard("a")

    assert await taken(work) == set()


async def test_a_sleeping_taker_wakes_for_an_earlier_key() -> None:
    work: KeyedQueue[str] = KeyedQueue()
    work.add_after("later", 60)
    got: list[frozenset[str]] = []

    async def take() -> None:
        got.append(await work.take())

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take)
            await anyio.sleep(0.01)
            work.add("now")
    assert got == [frozenset({"now"})]


def test_back_off_doubles_to_its_ceiling_and_forgets_after_success() -> None:
    backoff: Backoff[str] = Backoff(first=1, ceiling=10, jitter=0)

    assert [backoff.failed("a") for _ in range(6)] == [1, 2, 4, 8, 10, 10]
    assert backoff.failed("b") == 1
    backoff.succeeded("a")
    assert backoff.failures("a") == 0
    assert backoff.failed("a") == 1


def test_jitter_stays_within_its_fraction() -> None:
    backoff: Backoff[int] = Backoff(first=1, ceiling=1, jitter=0.2)

    delays = [backoff.failed(key) for key in range(500)]

    assert min(delays) >= 0.8
    assert max(delays) <= 1.2
    assert len(set(delays)) > 100


class Flaky:
    """Fails as told, then succeeds."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.seen: list[str] = []
        self.done = anyio.Event()

    async def reconcile(self, key: str) -> Requeue | None:
        self.seen.append(key)
        if self.failures:
            raise self.failures.pop(0)
        self.done.set()
        return None


@pytest.mark.parametrize(
    "error", [BusUnavailable("away"), TerminalError("wrong"), ZeroDivisionError("a bug")]
)
async def test_the_worker_tries_again_whatever_went_wrong(error: Exception) -> None:
    flaky = Flaky(error, error)
    work: KeyedQueue[str] = KeyedQueue()
    worker = Worker("test", flaky, work, Backoff(first=0.01))
    work.add("a")

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.run)
            await flaky.done.wait()
            tasks.cancel_scope.cancel()

    assert flaky.seen == ["a", "a", "a"]
    assert worker.backoff.failures("a") == 0


async def test_the_worker_waits_at_least_as_long_as_the_error_asks() -> None:
    clock = ManualClock()
    work = queue(clock)
    worker = Worker(
        "test", Flaky(BusUnavailable("away", retry_after=60)), work, Backoff(first=0.01)
    )
    work.add("a")

    with anyio.move_on_after(0.05):
        await worker.run()
    clock.now += 59

    assert await taken(work) == set()
    clock.now += 2
    assert await taken(work) == {"a"}
