"""Small files that are read again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from zester_peel.engine.watch import Watch
from zester_peel.sensors.values import ValueSensor

pytestmark = pytest.mark.anyio

FORWARD = Watch("value", "/proc/sys/net/ipv4/ip_forward")


class Told:
    """What a sensor said, and a way to wait for it."""

    def __init__(self) -> None:
        self.watches: list[Watch] = []
        self._news = anyio.Event()

    def __call__(self, watch: Watch) -> None:
        self.watches.append(watch)
        self._news.set()

    async def news(self) -> list[Watch]:
        with anyio.fail_after(30):
            await self._news.wait()
        self._news = anyio.Event()
        return self.watches


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / FORWARD.target.lstrip("/")
    path.parent.mkdir(parents=True)
    path.write_text("1\n")
    return path


@asynccontextmanager
async def running(root: Path) -> AsyncIterator[tuple[ValueSensor, Told]]:
    sensor = ValueSensor(lambda path: root / path.lstrip("/"), poll_interval=0.01)
    told = Told()
    async with anyio.create_task_group() as tasks:
        await tasks.start(sensor.run, told)
        yield sensor, told
        tasks.cancel_scope.cancel()


async def test_a_changed_value_is_told(tmp_path: Path, file: Path) -> None:
    async with running(tmp_path) as (sensor, told):
        sensor.set(frozenset({FORWARD}))
        file.write_text("0\n")
        assert await told.news() == [FORWARD]


async def test_a_value_that_goes_and_comes_back_is_told(tmp_path: Path, file: Path) -> None:
    async with running(tmp_path) as (sensor, told):
        sensor.set(frozenset({FORWARD}))
        file.unlink()
        assert await told.news() == [FORWARD]
        file.write_text("1\n")
        assert await told.news() == [FORWARD, FORWARD]


async def test_a_change_during_a_hold_is_told_after_it(tmp_path: Path, file: Path) -> None:
    async with running(tmp_path) as (sensor, told):
        sensor.set(frozenset({FORWARD}))
        sensor.hold((FORWARD.target,))
        file.write_text("0\n")
        await anyio.sleep(0.1)
        assert told.watches == []
        sensor.release((FORWARD.target,))
        assert await told.news() == [FORWARD]


async def test_a_value_that_was_right_for_less_than_a_look_is_told(
    tmp_path: Path, file: Path
) -> None:
    sensor = ValueSensor(lambda path: tmp_path / path.lstrip("/"), poll_interval=0.2)
    told = Told()
    async with anyio.create_task_group() as tasks:
        await tasks.start(sensor.run, told)
        sensor.set(frozenset({FORWARD}))
        sensor.hold((FORWARD.target,))
        file.write_text("0\n")  # the engine
        sensor.release((FORWARD.target,))
        file.write_text("1\n")  # somebody else, at once: as before the run
        assert await told.news() == [FORWARD]
        sensor.hold((FORWARD.target,))
        file.write_text("0\n")  # the engine
        sensor.release((FORWARD.target,))
        await told.news()
        sensor.hold((FORWARD.target,))
        sensor.release((FORWARD.target,))
        told.watches.clear()
        await anyio.sleep(0.5)
        assert told.watches == [], "a run that changes nothing is the end of it"
        tasks.cancel_scope.cancel()


async def test_a_run_that_seems_to_have_done_nothing_about_a_change_is_asked_for_once_more(
    tmp_path: Path, file: Path
) -> None:
    async with running(tmp_path) as (sensor, told):
        sensor.set(frozenset({FORWARD}))
        file.write_text("0\n")
        await told.news()
        for wanted in ([FORWARD], []):
            told.watches.clear()
            sensor.hold((FORWARD.target,))
            file.write_text("1\n")  # the engine
            file.write_text("0\n")  # somebody else, before the run is over
            sensor.release((FORWARD.target,))
            await anyio.sleep(0.1)
            assert told.watches == wanted


async def test_what_is_not_watched_is_not_read(tmp_path: Path, file: Path) -> None:
    async with running(tmp_path) as (sensor, told):
        sensor.set(frozenset({FORWARD}))
        sensor.set(frozenset())
        file.write_text("0\n")
        await anyio.sleep(0.05)
        assert told.watches == []
        assert sensor.degraded is None
