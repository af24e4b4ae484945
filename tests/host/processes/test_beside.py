"""Work in a copy of the process: its result comes back, and nothing else of it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

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

    copy = Beside(work)
    until = time.monotonic() + 40
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    copy.drop()
    assert gone(int((tmp_path / "pid").read_text()))
