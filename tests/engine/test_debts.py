"""Refreshes are owed until they are done; test mode promises what would come first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.content import Sources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.engine.program import Program, Registry
from zester_peel.engine.run.debts import MemoryDebts
from zester_peel.host.linux import LinuxHost

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]
Journal = Any  # the one of conftest, which tests cannot import


@pytest.fixture
def debts() -> MemoryDebts:
    return MemoryDebts()


@pytest.fixture
def engine(tmp_path: Path, registry: Registry, sources: Sources, debts: MemoryDebts) -> Engine:
    return Engine(LinuxHost(tmp_path), registry, sources, debts=debts)


async def run(
    engine: Engine,
    program: Program,
    cause: Cause = Cause.REVISION,
    *,
    test: bool = False,
    only: frozenset[str] | None = None,
) -> dict[str, Outcome]:
    result = await engine.run(program, cause=cause, test=test, only=only)
    return {outcome.id: outcome for outcome in result.outcomes}


@pytest.mark.parametrize("kind", ["watch", "listen"])
@pytest.mark.parametrize("cause", [Cause.BOOT, Cause.RESYNC, Cause.REVISION])
async def test_a_refresh_that_failed_is_done_later(
    engine: Engine, chunk: Chunk, journal: Journal, debts: MemoryDebts, kind: str, cause: Cause
) -> None:
    journal.boxes["bell"] = 1
    stuck = chunk("bell", "bell.ready", fail=True, **{kind: [("box", "a")]})
    await run(engine, engine.program([chunk("a"), stuck]))
    assert debts.owed() == {"bell.ready:bell"}
    free = chunk("bell", "bell.ready", **{kind: [("box", "a")]})
    await run(engine, engine.program([chunk("a"), free]), test=True)
    assert debts.owed() == {"bell.ready:bell"}
    await run(engine, engine.program([chunk("a"), free]), cause)
    await run(engine, engine.program([chunk("a"), free]), cause)
    assert journal.applied == ["a", "ring bell", "ring bell"]
    assert debts.owed() == frozenset()


async def test_who_could_not_act_because_another_failed_acts_later(
    engine: Engine, chunk: Chunk, journal: Journal, debts: MemoryDebts
) -> None:
    journal.boxes["bell"] = 1
    journal.refusals["b"] = 1
    program = engine.program(
        [
            chunk("a"),
            chunk("b"),
            chunk("bell", "bell.ready", watch=[("box", "a"), ("box", "b")]),
        ]
    )
    assert (await run(engine, program))["bell"].skipped == "watch"
    assert debts.owed() == {"bell.ready:bell"}
    again = frozenset({"box.filled:b", *debts.owed()})
    assert (await run(engine, program, only=again))["bell"].changes == {"rung": True}
    assert debts.owed() == frozenset()


async def test_a_command_that_failed_on_a_change_runs_again(
    engine: Engine, chunk: Chunk, journal: Journal, debts: MemoryDebts
) -> None:
    journal.refusals["reload"] = 1
    program = engine.program([chunk("a"), chunk("reload", "shout.out", onchanges=[("box", "a")])])
    assert (await run(engine, program))["reload"].result is False
    assert (await run(engine, program, Cause.BOOT))["reload"].changes == {"shouted": "reload"}
    assert "reload" not in await run(engine, program, Cause.BOOT)
    assert debts.owed() == frozenset()


async def test_what_did_not_change_after_all_asks_for_nothing(
    engine: Engine, chunk: Chunk, journal: Journal, debts: MemoryDebts
) -> None:
    journal.boxes["bell"] = 1
    found = await run(
        engine,
        engine.program(
            [
                chunk("a", "shout.quietly"),
                chunk("bell", "bell.ready", watch=[("shout", "a")]),
            ]
        ),
    )
    assert (found["a"].changes, found["bell"].changes) == ({}, {})
    assert debts.owed() == frozenset()


async def test_a_guard_that_says_no_ends_what_is_owed(
    engine: Engine, chunk: Chunk, journal: Journal, debts: MemoryDebts
) -> None:
    journal.boxes["bell"] = 1
    bell = chunk("bell", "bell.ready", watch=[("box", "a")], onlyif="false")
    assert (await run(engine, engine.program([chunk("a"), bell])))["bell"].skipped == "onlyif"
    assert debts.owed() == frozenset()


async def test_who_watches_and_listens_acts_once_for_each(
    engine: Engine, chunk: Chunk, journal: Journal, debts: MemoryDebts
) -> None:
    journal.boxes["bell"] = 1
    bell = chunk("bell", "bell.ready", watch=[("box", "a")], listen=[("box", "b")])
    await run(engine, engine.program([chunk("a"), bell, chunk("b")]))
    assert journal.applied.count("ring bell") == 2
    assert debts.owed() == frozenset()


@pytest.mark.parametrize(
    ("needs", "provides"),
    [
        ({"require": [("box", "user")]}, "other:x"),
        ({"requires": ("user:x",)}, "user:x"),
        ({"requires": ("user:*",)}, "user:x"),
        ({}, "*"),
    ],
)
async def test_what_cannot_be_told_before_another_state_acts_is_a_prediction(
    engine: Engine, chunk: Chunk, journal: Journal, needs: dict[str, Any], provides: str
) -> None:
    chunks = [
        chunk("lost", refuse_plan=True),
        chunk("user", provides=(provides,)),
        chunk("home", refuse_plan=True, **needs),
        chunk("then", onchanges=[("box", "home")]),
    ]
    found = await run(engine, engine.program(chunks), test=True)
    assert found["home"].result is None
    assert found["home"].comment == (
        "box.filled:user would change first; as it is now: no such user"
    )
    assert found["then"].result is None
    assert found["lost"].result is False
    journal.boxes["user"] = 1
    assert (await run(engine, engine.program(chunks), test=True))["home"].result is False
