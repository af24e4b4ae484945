"""What a change still asks for is done, whatever comes in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from zester.errors import HostError
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.store import Store

RUNS = 200


def test_debts_outlive_the_process(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    debts = StoredDebts(store)
    assert debts.owe([("a", "x"), ("a", "y"), ("b", "x")]) == {("a", "x"), ("a", "y"), ("b", "x")}
    assert debts.owe([("a", "x"), ("c", "x")]) == {("c", "x")}
    debts.settle("b")
    debts.forgive([("a", "y")])
    store.close()

    again = StoredDebts(Store(tmp_path / "peel.db"))
    assert again.owed() == {"a", "c"}
    again.keep({"c"})
    assert StoredDebts(Store(tmp_path / "peel.db")).owed() == {"c"}


def test_a_disk_that_refuses_leaves_debts_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(tmp_path / "peel.db")
    debts = StoredDebts(store)

    def full() -> None:
        raise HostError("disk full")

    monkeypatch.setattr(store, "transaction", full)
    debts.owe([("a", "x")])
    assert debts.owed() == {"a"}
    assert "not remembered" in caplog.text


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: a process that is killed loses no written page."""
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else tmp_path
    with TemporaryDirectory(dir=place, prefix="zester-") as folder:
        yield Path(folder)


def test_kill_9_at_every_step_restarts_at_least_once_and_at_most_twice(quick_folder: Path) -> None:
    tests = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "support.machines.crashing", str(quick_folder), str(RUNS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *sys.path])},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(runs) == RUNS
    restarts = Counter(run["restarts"] for run in runs)
    assert set(restarts) <= {1, 2}, [run for run in runs if run["restarts"] not in (1, 2)]
    assert {run["contents"] for run in runs} == {"new\n"}
    assert all(run["owed"] == [] for run in runs)
    assert sum(run["killed"] for run in runs) > RUNS * 0.8
    # Only between a restart and the note of it could one be done twice.
    assert restarts[2] < RUNS / 3
