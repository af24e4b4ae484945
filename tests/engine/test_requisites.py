"""Requisites of which one target, or all, decide; ``prereq`` and ``listen``."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import CompileError
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]
Journal = Any  # the one of conftest, which tests cannot import


async def run(
    engine: Engine, *chunks: LowChunk, cause: Cause = Cause.REVISION, test: bool = False
) -> dict[str, Outcome]:
    result = await engine.run(engine.program(chunks), cause=cause, test=test)
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
        ("onchanges_any", ["bad", "full"], True, "onchanges"),
        ("onchanges", ["bad", "good"], True, None),
        ("onchanges", ["bad"], True, "onchanges"),
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


async def test_options_without_meaning_here_or_switched_off_are_fine(
    engine: Engine, chunk: Chunk
) -> None:
    quiet = {"parallel": True, "reload_modules": True, "failhard": False, "onfail_stop": False}
    assert (await run(engine, chunk("a", **quiet)))["a"].result is True


@pytest.mark.parametrize("test", [False, True])
@pytest.mark.parametrize("cause", [Cause.REVISION, Cause.DRIFT])
async def test_prereq_acts_before_a_target_that_would_change(
    engine: Engine, chunk: Chunk, journal: Journal, test: bool, cause: Cause
) -> None:
    chunks = [chunk("target"), chunk("before", "shout.out", prereq=[("box", "target")])]
    found = await run(engine, *chunks, cause=cause, test=test)
    assert list(found) == ["before", "target"]
    assert found["before"].changes == {"shouted": "before"}
    assert found["before"].result is (None if test else True)
    assert journal.applied == ([] if test else ["before", "target"])


async def test_prereq_rests_when_its_target_would_not_change(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["target"] = 1
    found = await run(
        engine, chunk("before", "shout.out", prereq=[("box", "target")]), chunk("target")
    )
    assert (found["before"].result, found["before"].skipped) == (True, "prereq")
    assert found["before"].comment == "No changes detected"
    assert found["target"].comment == "full"


async def test_a_target_whose_prereq_failed_fails_and_is_left_alone(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    found = await run(
        engine, chunk("before", fail=True, prereq=[("box", "target")]), chunk("target")
    )
    assert found["target"].comment == "One or more requisite failed: box.filled:before"
    assert journal.applied == ["before"]


async def test_a_target_that_cannot_be_planned_says_so_itself(engine: Engine, chunk: Chunk) -> None:
    found = await run(
        engine, chunk("before", prereq=[("box", "target")]), chunk("target", crash=True)
    )
    assert found["before"].comment == "One or more requisite failed: box.filled:target"
    assert found["target"].comment == "bug in box.filled: ZeroDivisionError: a bug"


async def test_prereq_looks_after_what_its_target_requires_and_goes_through_chains(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    chunks = [
        chunk("first", prereq=[("box", "second")]),
        chunk("second", prereq=[("box", "third")]),
        chunk("third", onchanges=[("box", "base")]),
        chunk("base"),
    ]
    assert list(await run(engine, *chunks)) == ["base", "first", "second", "third"]
    found = await run(engine, *chunks)
    assert [each.skipped for each in found.values()] == [None, "prereq", "prereq", "onchanges"]


async def test_a_prereq_in_a_circle_is_an_error(engine: Engine, chunk: Chunk) -> None:
    chunks = [
        chunk("a", prereq=[("box", "b")]),
        chunk("b", require=[("box", "c")]),
        chunk("c", require=[("box", "a")]),
    ]
    with pytest.raises(CompileError, match="round in a circle"):
        engine.program(chunks)


async def test_only_a_drifted_target_brings_its_prereq_along(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    program = engine.program(
        [chunk("a", "shout.out", prereq=[("box", "b")]), chunk("b"), chunk("c")]
    )
    result = await engine.run(program, cause=Cause.DRIFT, only=frozenset({"box.filled:b"}))
    assert [each.id for each in result.outcomes] == ["a", "b"]


async def test_prereq_keeps_definition_order_for_the_others(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    chunks = [
        chunk("a", "shout.out"),
        chunk("b", "shout.out", prereq=[("shout", "d")]),
        chunk("c", "shout.out"),
        chunk("d", "shout.out"),
        chunk("e", "shout.out"),
    ]
    assert list(await run(engine, *chunks)) == ["a", "b", "c", "d", "e"]


async def test_who_listens_acts_once_and_last(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["bell"] = 1
    chunks = [
        chunk("bell", "bell.ready", listen=[("box", "a"), ("box", "b")]),
        chunk("a"),
        chunk("b"),
        chunk("bad", fail=True),
    ]
    found = await run(engine, *chunks)
    assert list(found)[-1] == "listener_bell"
    heard = found["listener_bell"]
    assert (heard.function, heard.name, heard.changes) == ("bell.mod_watch", "bell", {"rung": True})
    assert journal.applied[-1] == "ring bell"
    assert journal.applied.count("ring bell") == 1
    assert "listener_bell" not in await run(engine, *chunks)


async def test_listening_in_test_mode_says_what_would_be_done(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    journal.boxes["bell"] = 1
    found = await run(
        engine, chunk("bell", "bell.ready", listen=[("box", "a")]), chunk("a"), test=True
    )
    assert (found["listener_bell"].result, found["listener_bell"].comment) == (None, "to be rung")
    assert journal.applied == []


async def test_listening_to_what_there_is_not_fails_the_state(engine: Engine, chunk: Chunk) -> None:
    found = await run(engine, chunk("bell", "bell.ready", listen=[("box", "aa")]))
    assert "requisites not found: listen: box: aa" in found["bell"].comment


async def test_generated_duplicates_never_race(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    chance = random.Random(5)  # noqa: S311 - repeatable programs
    for _ in range(1_000):
        count = chance.randint(2, 8)
        resources = [f"r{chance.randrange(3)}" for _ in range(count)]
        chunks = [
            chunk(
                f"s{each}", name=f"{resource}/{each}", value=chance.randrange(9), locks=(resource,)
            )
            for each, resource in enumerate(resources)
        ]
        journal.applied.clear()
        journal.boxes.clear()
        journal.clashes = 0
        await run(engine, *chunks)
        assert journal.clashes == 0
        for resource in set(resources):
            mine = [name for name in journal.applied if name.startswith(resource)]
            assert mine == [
                f"{resource}/{n}" for n, each in enumerate(resources) if each == resource
            ]
