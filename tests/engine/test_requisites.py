"""Requisites of which one target, or all, decide; and what is not carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]
Journal = Any  # the one of conftest, which tests cannot import


async def run(engine: Engine, *chunks: LowChunk) -> dict[str, Outcome]:
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    return {outcome.id: outcome for outcome in result.outcomes}


FIXTURES = ("good", "also_good", "full", "bad", "also_bad")


@pytest.mark.parametrize(
    ("kind", "names", "result", "skipped"),
    [
        ("require_any", ["good", "bad"], True, None),
        ("require_any", ["bad", "full"], True, None),
        ("require_any", ["bad", "also_bad"], False, "require"),
        ("watch_any", ["bad", "good"], True, None),
        ("watch_any", ["bad"], False, "watch"),
        ("onchanges_any", ["bad", "good"], True, None),
        ("onchanges_any", ["full", "good"], True, None),
        ("onchanges_any", ["full"], True, "onchanges"),
        ("onchanges_any", ["bad", "full"], False, "onchanges"),
        ("onfail_any", ["bad", "good"], True, None),
        ("onfail_any", ["good", "full"], True, "onfail"),
        ("onfail_all", ["bad", "also_bad"], True, None),
        ("onfail_all", ["bad", "good"], True, "onfail"),
        ("onfail_all", ["good"], True, "onfail"),
    ],
)
async def test_any_and_all_forms(
    engine: Engine,
    chunk: Chunk,
    journal: Journal,
    kind: str,
    names: list[str],
    result: bool,
    skipped: str | None,
) -> None:
    journal.boxes["full"] = 1
    targets = [chunk(name, fail="bad" in name) for name in FIXTURES]
    asking = chunk("asking", **{kind: [("box", name) for name in names]})
    found = (await run(engine, asking, *targets))["asking"]
    assert (found.result, found.skipped) == (result, skipped)
    assert ("asking" in journal.applied) is (skipped is None)


async def test_watch_any_makes_a_waiting_state_act(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["full"] = 1
    found = await run(
        engine,
        chunk("full"),
        chunk("new"),
        chunk("fires", "shout.back", watch_any=[("box", "new"), ("box", "full")]),
        chunk("rests", "shout.back", watch_any=[("box", "full")]),
    )
    assert (found["fires"].skipped, found["rests"].skipped) == (None, "watch")


async def test_what_watches_any_runs_again_when_its_target_drifted(
    engine: Engine, chunk: Chunk
) -> None:
    program = engine.program([chunk("a"), chunk("b", onchanges_any=[("box", "a")]), chunk("c")])
    assert program.affected(frozenset({"box.filled:a"})) == {0, 1}


@pytest.mark.parametrize("kind", ["listen", "prereq"])
async def test_a_requisite_that_is_not_carried_out_fails_its_state(
    engine: Engine, chunk: Chunk, journal: Journal, kind: str
) -> None:
    found = await run(engine, chunk("b"), chunk("a", **{kind: [("box", "b")]}))
    assert found["a"].result is False
    assert found["a"].comment == (
        f"web.sls:2: requisite {kind!r} is not carried out by this version"
    )
    assert journal.applied == ["b"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"retry": {"attempts": 2}}, "option 'retry' is"),
        ({"failhard": True, "check_cmd": ["x"]}, "options 'failhard', 'check_cmd' are"),
    ],
)
async def test_an_option_that_is_not_carried_out_fails_its_state(
    engine: Engine, chunk: Chunk, options: dict[str, object], named: str
) -> None:
    found = (await run(engine, chunk("a", **options)))["a"]
    assert found.result is False
    assert f"{named} not carried out by this version" in found.comment


async def test_options_without_meaning_here_or_switched_off_are_fine(
    engine: Engine, chunk: Chunk
) -> None:
    quiet = {"parallel": True, "reload_modules": True, "failhard": False, "onfail_stop": False}
    assert (await run(engine, chunk("a", **quiet)))["a"].result is True


async def test_a_function_as_a_guard_fails_its_state(engine: Engine, chunk: Chunk) -> None:
    found = (await run(engine, chunk("a", onlyif={"fun": "file.file_exists"})))["a"]
    assert found.result is False
    assert "'file.file_exists' are not carried out by this version" in found.comment
