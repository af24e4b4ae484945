"""Converging: what runs, what does not, and what is said about it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, ChangeClass, Outcome, RunResult

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]

Journal = Any  # the one of conftest, which tests cannot import


def by_id(result: RunResult) -> dict[str, Outcome]:
    return {outcome.id: outcome for outcome in result.outcomes}


async def run(
    engine: Engine, *chunks: LowChunk, cause: Cause = Cause.REVISION, test: bool = False
) -> dict[str, Outcome]:
    return by_id(await engine.run(engine.program(chunks), cause=cause, test=test))


async def test_a_state_is_filled_once_and_then_left(engine: Engine, chunk: Chunk) -> None:
    program = engine.program([chunk("a")])
    first = by_id(await engine.run(program, cause=Cause.REVISION))["a"]
    assert (first.result, first.changes, first.comment) == (True, {"value": 1}, "filled")
    assert first.change_class is ChangeClass.INTENDED
    second = by_id(await engine.run(program, cause=Cause.RESYNC))["a"]
    assert (second.result, second.changes, second.comment) == (True, {}, "full")
    assert second.change_class is None


async def test_test_mode_changes_nothing_and_says_what_it_would(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    found = await run(engine, chunk("a"), test=True)
    assert found["a"].result is None
    assert found["a"].changes == {"value": 1}
    assert journal.applied == []


@pytest.mark.parametrize("cause", [Cause.DRIFT, Cause.RESYNC, Cause.BOOT])
async def test_what_drifted_is_corrected(engine: Engine, chunk: Chunk, cause: Cause) -> None:
    assert (await run(engine, chunk("a"), cause=cause))["a"].change_class is ChangeClass.CORRECTED


async def test_a_state_that_does_not_hold_has_failed(engine: Engine, chunk: Chunk) -> None:
    found = (await run(engine, chunk("a", leak=True)))["a"]
    assert found.result is False
    assert found.comment == "did not hold: to be filled (value)"
    assert found.changes == {"value": 1}


async def test_a_refusal_fails_the_state_and_whoever_requires_it(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    found = await run(
        engine,
        chunk("bad", fail=True),
        chunk("needs", require=[("box", "bad")]),
        chunk("watches", watch=[("box", "bad")]),
        chunk("after", require=[("box", "needs")]),
        chunk("other"),
    )
    assert found["bad"].comment == "the lid is shut"
    for name, kind in [("needs", "require"), ("watches", "watch")]:
        assert found[name].result is False
        assert found[name].comment == "One or more requisite failed: box.filled:bad"
        assert found[name].skipped == kind
    assert found["after"].comment == "One or more requisite failed: box.filled:needs"
    assert found["other"].result is True
    assert sorted(journal.applied) == ["bad", "other"]


async def test_a_bug_in_a_state_is_its_own_failure(
    engine: Engine, chunk: Chunk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        found = await run(engine, chunk("a", crash=True), chunk("b"))
    assert found["a"].result is False
    assert found["a"].comment == "bug in box.filled: ZeroDivisionError: a bug"
    assert found["b"].result is True
    assert "state crashed" in caplog.text


async def test_a_problem_fails_its_state_and_the_others_run(engine: Engine, chunk: Chunk) -> None:
    found = await run(engine, chunk("a", "box.fild"), chunk("b"), chunk("c", require=[("", "a")]))
    assert found["a"].result is False
    assert "box.fild" in found["a"].comment
    assert found["b"].result is True
    assert found["c"].skipped == "require"


async def test_onchanges_runs_only_after_a_change(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["same"] = 1
    found = await run(
        engine,
        chunk("same"),
        chunk("new"),
        chunk("never", onchanges=[("box", "same")]),
        chunk("once", onchanges=[("box", "same"), ("box", "new")]),
    )
    assert found["never"].result is True
    assert found["never"].skipped == "onchanges"
    assert found["never"].comment == (
        "State was not run because none of the onchanges reqs changed"
    )
    assert found["once"].changes


async def test_onfail_runs_only_after_a_failure(engine: Engine, chunk: Chunk) -> None:
    found = await run(
        engine,
        chunk("good"),
        chunk("bad", fail=True),
        chunk("calm", onfail=[("box", "good")]),
        chunk("alarm", onfail=[("box", "good"), ("box", "bad")]),
    )
    assert found["calm"].result is True
    assert found["calm"].skipped == "onfail"
    assert found["alarm"].changes


async def test_predictions_feed_those_who_depend_on_them(engine: Engine, chunk: Chunk) -> None:
    found = await run(
        engine,
        chunk("new"),
        chunk("then", onchanges=[("box", "new")]),
        chunk("wait", "shout.back", watch=[("box", "new")]),
        chunk("calm", onfail=[("box", "new")]),
        test=True,
    )
    assert found["then"].result is None
    assert found["wait"].result is None
    assert found["calm"].skipped == "onfail"


async def test_a_reactive_state_waits_for_its_watch(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    program = engine.program([chunk("a"), chunk("echo", "shout.back", watch=[("box", "a")])])
    first = by_id(await engine.run(program, cause=Cause.REVISION))
    assert first["echo"].change_class is ChangeClass.REFRESHED
    second = by_id(await engine.run(program, cause=Cause.REVISION))
    assert (second["echo"].result, second["echo"].skipped) == (True, "watch")
    journal.boxes.clear()
    third = by_id(await engine.run(program, cause=Cause.DRIFT))
    assert third["echo"].change_class is ChangeClass.REFRESHED
    assert third["a"].change_class is ChangeClass.CORRECTED


async def test_a_watch_that_fires_refreshes_what_was_right_already(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    program = engine.program([chunk("a"), chunk("bell", "bell.ready", watch=[("box", "a")])])
    first = by_id(await engine.run(program, cause=Cause.REVISION))
    assert first["bell"].changes == {"value": 1}, "it was just made: nothing to refresh"
    quiet = by_id(await engine.run(program, cause=Cause.REVISION))
    assert (quiet["bell"].changes, journal.applied) == ({}, ["a", "bell"])

    del journal.boxes["a"]
    predicted = by_id(await engine.run(program, cause=Cause.DRIFT, test=True))
    assert (predicted["bell"].result, predicted["bell"].comment) == (None, "to be rung")
    assert predicted["bell"].changes == {"rung": True}
    rung = by_id(await engine.run(program, cause=Cause.DRIFT))
    assert (rung["bell"].result, rung["bell"].changes) == (True, {"rung": True})
    assert (rung["bell"].comment, rung["bell"].change_class) == ("rung", ChangeClass.REFRESHED)
    assert journal.applied == ["a", "bell", "a", "ring bell"]


async def test_a_refresh_that_fails_fails_the_state(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["bell"] = 1
    bell = chunk("bell", "bell.ready", watch=[("box", "a")], fail=True)
    found = await run(engine, chunk("a"), bell)
    assert (found["bell"].result, found["bell"].comment) == (False, "the clapper is stuck")


@pytest.mark.parametrize("cause", [Cause.DRIFT, Cause.RESYNC, Cause.BOOT])
async def test_commands_are_left_alone_unless_something_fired(
    engine: Engine, chunk: Chunk, journal: Journal, cause: Cause
) -> None:
    found = await run(
        engine,
        chunk("a"),
        chunk("plain", "shout.out"),
        chunk("fired", "shout.out", onchanges=[("box", "a")]),
        chunk("after", require=[("shout", "plain")]),
        cause=cause,
    )
    assert set(found) == {"a", "fired", "after"}
    assert found["fired"].change_class is ChangeClass.REFRESHED
    assert found["after"].result is True
    assert "plain" not in journal.observed


async def test_only_some_refs_and_those_that_watch_them(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    program = engine.program(
        [
            chunk("needed", fail=True),
            chunk("a", require=[("box", "needed")]),
            chunk("b", watch=[("box", "a")]),
            chunk("c"),
        ]
    )
    result = await engine.run(program, cause=Cause.DRIFT, only=frozenset({"box.filled:a"}))
    assert [outcome.id for outcome in result.outcomes] == ["a", "b"]
    assert not result.failed
    assert journal.applied == ["a", "b"]
    empty = await engine.run(program, cause=Cause.DRIFT, only=frozenset())
    assert empty.outcomes == ()


async def test_concurrency_is_bounded(engine: Engine, chunk: Chunk, journal: Journal) -> None:
    await run(engine, *(chunk(f"s{each}") for each in range(40)))
    assert journal.together == 8


async def test_duplicates_on_one_resource_never_overlap(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    await run(engine, *(chunk(f"s{each}", locks=("shared",)) for each in range(20)))
    assert journal.together == 1
    assert journal.applied == [f"s{each}" for each in range(20)]


async def test_cancelling_leaves_nothing_running(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.gate = anyio.Event()
    program = engine.program([chunk(f"s{each}") for each in range(20)])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: engine.run(program, cause=Cause.REVISION))
        with anyio.fail_after(30):
            while len(journal.busy) < 8:  # noqa: ASYNC110 - the journal has no event for it
                await anyio.sleep(0.001)
        tasks.cancel_scope.cancel()
    assert journal.busy == set()
    assert journal.applied == []
    journal.gate = None
    assert not (await engine.run(program, cause=Cause.REVISION)).failed


async def test_outcomes_are_heard_as_they_come(engine: Engine, chunk: Chunk) -> None:
    heard: list[Outcome] = []
    program = engine.program([chunk("a"), chunk("b", require=[("box", "a")])])
    result = await engine.run(program, cause=Cause.COMMAND, on_outcome=heard.append)
    assert tuple(heard) == result.outcomes
    assert [outcome.ref for outcome in heard] == ["box.filled:a", "box.filled:b"]
    assert str(heard[0].at) == "web.sls:1"
    assert result.changed == result.outcomes
