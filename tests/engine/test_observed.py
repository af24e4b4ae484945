"""States that are only looked at, among others that are brought about."""

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


@pytest.mark.parametrize("kind", ["watch", "listen"])
async def test_what_is_looked_at_sees_predictions_and_nobody_else_acts_on_them(
    engine: Engine, chunk: Chunk, journal: Journal, kind: str
) -> None:
    journal.boxes |= {"looking": 1, "acting": 1}
    found = await run(
        engine,
        chunk("a", observe=True),
        chunk("looking", "bell.ready", observe=True, **{kind: [("box", "a")]}),
        chunk("acting", "bell.ready", **{kind: [("box", "a")]}),
    )
    looking = found["looking" if kind == "watch" else "listener_looking"]
    assert (found["a"].result, looking.result, found["acting"].result) == (None, None, True)
    assert looking.changes == {"rung": True}
    assert journal.applied == []


async def test_a_change_that_is_made_is_seen_by_what_is_looked_at(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    found = await run(
        engine, chunk("a"), chunk("look", observe=True, onchanges=[("box", "a")], value=2)
    )
    assert (found["a"].result, found["look"].result) == (True, None)
    assert journal.applied == ["a"]


async def test_nobody_prepares_for_a_change_that_is_only_predicted(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    found = await run(
        engine, chunk("before", "shout.out", prereq=[("box", "a")]), chunk("a", observe=True)
    )
    assert (found["before"].result, found["a"].result) == (True, None)
    assert found["before"].skipped == "prereq"
    assert journal.applied == []


async def test_what_is_only_looked_at_ends_no_run(
    engine: Engine, chunk: Chunk, journal: Journal
) -> None:
    missing = chunk("a", "no.such", observe=True, failhard=True)
    found = await run(engine, missing, chunk("b", order=20_000))
    assert (found["a"].result, found["b"].result) == (False, True)
