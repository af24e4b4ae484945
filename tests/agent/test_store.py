"""What the peel remembers, through crashes and damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from zester.errors import At, HostError
from zester_peel.agent.reporting.reports import build_report
from zester_peel.agent.store import Store
from zester_peel.engine.outcome import Cause, ChangeClass, Outcome, RunResult


def outcome(ref: str, *, result: bool = True, changed: bool = False) -> Outcome:
    return Outcome(
        ref=ref,
        function="file.managed",
        name=f"/etc/{ref}",
        id=ref,
        sls="web",
        at=At("states/web.zy", 3),
        result=result,
        changes={"diff": "New file"} if changed else {},
        change_class=ChangeClass.CORRECTED if changed else None,
        comment="" if result else "broken",
    )


def record(store: Store, run: str, *outcomes: Outcome, corrected: int = 0) -> None:
    result = RunResult(Cause.DRIFT, False, 100.0, 0.5, outcomes)
    report = build_report(
        run,
        result,
        node="web",
        env="base",
        revisions={"cli": 1},
        spool=store.spool_name,
        number=store.next_report_number(),
    )
    store.record_run(run, result, corrected=corrected, gone=(), report=report)


def test_a_run_is_remembered_with_its_outcomes_and_its_report(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    record(store, "r1", outcome("a", changed=True), outcome("b", result=False), corrected=1)
    store.close()

    again = Store(tmp_path / "peel.db")

    assert again.known_refs() == {"a", "b"}
    assert again.failures() == {"b": ("broken", "states/web.zy:3")}
    last = again.last_run()
    assert last is not None
    assert (last.id, last.cause, last.corrected, last.failed) == ("r1", "drift", 1, 1)
    assert again.corrected == 1
    assert [number for number, _ in again.pending_reports()] == [1]
    assert again.next_report_number() == 2
    again.close()


def test_report_numbers_never_repeat_even_after_delivery(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    record(store, "r1", outcome("a"))
    record(store, "r2", outcome("a"))
    store.delivered(2)

    assert store.pending_reports() == []
    assert store.next_report_number() == 3
    store.close()


def test_states_that_are_gone_leave_the_inventory(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    record(store, "r1", outcome("a"), outcome("b"))

    result = RunResult(Cause.REVISION, False, 200.0, 0.5, (outcome("a"),))
    store.record_run("r2", result, corrected=0, gone={"b"}, report=None)

    assert store.known_refs() == {"a"}
    assert store.failures() == {}
    store.close()


def test_the_database_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "state" / "peel.db")

    assert store.path.stat().st_mode & 0o777 == 0o600
    assert store.path.parent.stat().st_mode & 0o777 == 0o700
    store.close()


def test_a_damaged_database_is_put_aside_and_the_peel_starts_anyway(tmp_path: Path) -> None:
    path = tmp_path / "peel.db"
    path.write_bytes(b"this is not a database" * 100)

    store = Store(path)

    assert store.known_refs() == frozenset()
    assert (tmp_path / "peel.damaged").read_bytes().startswith(b"this is not")
    store.close()


def test_where_nothing_can_be_written_the_peel_remembers_in_memory_and_says_so(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("no folder")

    store = Store(tmp_path / "file" / "peel.db")
    record(store, "r1", outcome("a"))

    assert "File exists" in store.problem
    assert [number for number, _ in store.pending_reports()] == [1]
    store.close()


def test_a_failed_transaction_does_not_block_the_next(tmp_path: Path) -> None:
    store = Store(tmp_path / "peel.db")
    record(store, "same", outcome("a"))
    with pytest.raises(HostError, match="UNIQUE"):
        record(store, "same", outcome("b"))

    record(store, "other", outcome("c"))

    assert store.known_refs() == {"a", "c"}
    store.close()


def test_a_store_goes_back_to_its_file_once_its_reports_are_delivered(tmp_path: Path) -> None:
    blocker = tmp_path / "state"
    blocker.write_text("no folder")
    store = Store(blocker / "peel.db")
    record(store, "r1", outcome("a"))
    blocker.unlink()
    blocker.mkdir()

    assert not store.recover(), "a report is still in memory only"
    store.delivered(1)
    assert store.recover()
    record(store, "r2", outcome("b"))
    store.close()

    again = Store(blocker / "peel.db")
    assert again.known_refs() == {"b"}
    again.close()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store import outcome, record
from zester_peel.agent.store import Store
store = Store(Path(sys.argv[1]))
number = 0
while True:
    number += 1
    record(store, f"run{number}", outcome(f"s{number}", changed=True), corrected=1)
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 5, 23])
def test_a_run_is_there_whole_or_not_at_all_after_kill_9(tmp_path: Path, after: int) -> None:
    path = tmp_path / "peel.db"
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parent)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout is not None
    told = 0
    for line in writer.stdout:
        told = int(line)
        if told >= after:
            break
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()

    store = Store(path)
    with sqlite3.connect(path) as db:
        runs = db.execute("SELECT count(*) FROM runs").fetchone()[0]
        outcomes = db.execute("SELECT count(*) FROM outcomes").fetchone()[0]
    db.close()
    assert runs >= told, "what was acknowledged is there"
    assert runs == outcomes == store.corrected == len(store.pending_reports(1000))
    assert store.next_report_number() == runs + 1
    store.close()
