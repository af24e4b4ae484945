"""Work in a copy of the process: its result comes back, and nothing else of it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from zester.errors import CompanionLost
from zester_peel.host.processes import beside
from zester_peel.host.processes.beside import Beside


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_what_the_copy_found_comes_back_also_when_it_is_much() -> None:
    assert Beside(lambda: frozenset({"a" * 500_000, "b"})).result() == (
        frozenset({"a" * 500_000, "b"}),
    )


def test_the_copy_changes_nothing_here() -> None:
    here = ["as it was"]

    def work() -> int:
        here.append("changed")
        return os.getpid()

    result = Beside(work).result()
    assert result is not None
    assert result[0] != os.getpid()
    assert gone(result[0])
    assert here == ["as it was"]


def test_a_copy_that_fails_or_is_killed_has_no_result() -> None:
    def fail() -> int:
        raise ValueError("said in the copy only")

    def die() -> int:
        os.kill(os.getpid(), signal.SIGKILL)
        return 1

    assert Beside(fail).result() is None
    assert Beside(die).result() is None


def test_a_copy_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LONGEST", 0.2)
    begun = time.monotonic()
    assert Beside(lambda: time.sleep(60)).result() is None
    assert time.monotonic() - begun < 40


def test_a_copy_that_nobody_needs_is_ended(tmp_path: Path) -> None:
    def work() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(60)

    copy: Beside[None, None] = Beside(work)
    until = time.monotonic() + 40
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    copy.drop()
    assert gone(int((tmp_path / "pid").read_text()))


@pytest.mark.anyio
async def test_the_copy_goes_through_more_when_somebody_asks_for_it() -> None:
    copy = Beside(lambda: "found", lambda: (f"{each}" * 100_000 for each in range(4)))
    heard: dict[int, str] = {}

    async def ask(number: int) -> None:
        heard[number] = await copy.item(number)

    async with anyio.create_task_group() as group:
        for number in (3, 0, 2):
            group.start_soon(ask, number)
    assert {number: text[0] for number, text in heard.items()} == {0: "0", 2: "2", 3: "3"}
    assert copy.result() == ("found",)


def test_what_nobody_asks_for_is_not_done(tmp_path: Path) -> None:
    def more() -> Iterator[int]:
        (tmp_path / "done").touch()
        yield 1

    assert Beside(lambda: 1, more).result() == (1,)
    assert not (tmp_path / "done").exists()


@pytest.mark.anyio
async def test_who_asks_a_copy_that_is_gone_hears_so() -> None:
    def more() -> Iterator[int]:
        yield 1
        raise ValueError("said in the copy only")

    copy = Beside(lambda: "found", more)
    assert await copy.item(0) == 1
    for _ in range(2):
        with pytest.raises(CompanionLost):
            await copy.item(1)
    assert copy.result() == ("found",)
