"""What a peel remembers of jobs: each is begun once, and what was told stays told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from zester_peel.agent.jobs import book
from zester_peel.agent.jobs.book import RUNNING, TOLD, WAITING, JobBook
from zester_peel.agent.store import Store


def opened(tmp_path: Path) -> JobBook:
    return JobBook(Store(tmp_path / "peel.db"))


def enter(jobs: JobBook, jid: str) -> str | None:
    return jobs.enter(jid, who="alice", function="test.ping", expires=time.time() + 60)


def test_a_job_is_entered_once_whatever_became_of_it(tmp_path: Path) -> None:
    jobs = opened(tmp_path)

    assert [enter(jobs, jid) for jid in ("a", "b", "c")] == [None, None, None]
    jobs.told("a")
    jobs.keep("b", b"it went well")

    assert [enter(jobs, jid) for jid in ("a", "b", "c")] == [TOLD, WAITING, RUNNING]
    assert jobs.waiting() == [("b", b"it went well")]


def test_what_was_told_is_written_down_with_the_next_job(tmp_path: Path) -> None:
    jobs = opened(tmp_path)
    for number in range(3 * book.TOGETHER):
        enter(jobs, f"{number}")
        jobs.told(f"{number}")
    enter(jobs, "last")

    after_a_crash = [left.jid for left in opened(tmp_path).unfinished()]

    assert after_a_crash == ["last"]


def test_many_told_at_once_are_all_written_down(tmp_path: Path) -> None:
    jobs = opened(tmp_path)
    every = [f"{number}" for number in range(2 * book.TOGETHER + 5)]
    for jid in every:
        enter(jobs, jid)
    for jid in every:
        jobs.told(jid)

    assert enter(jobs, "next") is None
    assert enter(jobs, "next") == RUNNING
    assert enter(jobs, "0") == TOLD
    jobs.flush()

    assert [left.jid for left in opened(tmp_path).unfinished()] == ["next"]


def test_what_is_over_long_ago_is_forgotten_from_time_to_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = opened(tmp_path)
    jobs.enter("old", who="alice", function="test.ping", expires=0.0)
    enter(jobs, "kept")
    jobs.told("old")
    later = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: later)

    enter(jobs, "new")

    assert [jobs.knows(jid) for jid in ("old", "kept", "new")] == [False, True, True]
