"""What the engine looks at and asks the tree for, and when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel

from zester.compiler.lowstate import LowChunk
from zester.errors import BlobUnavailable, RenderError
from zester_peel.engine.content import Sources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome
from zester_peel.engine.program import Program, Registry

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]


async def outcome(engine: Engine, program: Program, wanted: str) -> Outcome:
    result = await engine.run(program, cause=Cause.REVISION)
    return next(each for each in result.outcomes if each.id == wanted)


async def test_signatures_are_from_before_the_last_look(
    engine: Engine, chunk: Chunk, tmp_path: Path
) -> None:
    (tmp_path / "real").write_text("x")
    (tmp_path / "link").symlink_to("real")
    program = engine.program([chunk("a", watched="/link"), chunk("b", watched="/gone")])
    for _ in range(2):
        signatures = (await outcome(engine, program, "a")).signatures
        assert set(signatures) == {"/link", "/real"}
        real = signatures["/real"]
        assert real is not None
        assert real.inode == (tmp_path / "real").stat().st_ino
        assert (await outcome(engine, program, "b")).signatures == {"/gone": None}


class FlakySources:
    """A tree that fails as told, then has the answer."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0


async def test_resolving_is_asked_once_unless_it_may_work_next_time(
    engine: Engine, chunk: Chunk, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    flaky = FlakySources(BlobUnavailable("not yet"))

    async def resolve(spec: BaseModel, sources: Sources, *, sls: str) -> BaseModel:
        flaky.asked += 1
        if flaky.errors:
            raise flaky.errors.pop(0)
        return spec

    monkeypatch.setattr(registry["box.filled"], "resolve", resolve)
    program = engine.program([chunk("a")])
    results = [(await outcome(engine, program, "a")).result for _ in range(3)]
    assert results == [False, True, True]
    assert flaky.asked == 2
    flaky.errors = [RenderError("undefined variable"), RenderError("undefined variable")]
    flaky.asked = 0
    program = engine.program([chunk("a")])
    comments = [(await outcome(engine, program, "a")).comment for _ in range(3)]
    assert comments == ["undefined variable"] * 3
    assert flaky.asked == 1
