"""States of files among each other: what comes first, and duplicates."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause

pytestmark = pytest.mark.anyio


def low(function: str, name: str, ident: str, order: int, args: dict[str, Any]) -> LowChunk:
    state, fun = function.split(".")
    at = At("web.sls", order)
    return LowChunk(state, fun, name, ident, "web", "base", at, order, args)


async def test_a_file_comes_after_its_folder_even_when_defined_before(
    engine: Engine, root: Path
) -> None:
    chunks = [
        low("file.managed", "/d/e/f", "f", 1, {"contents": "x"}),
        low("file.directory", "/d/e", "e", 2, {"mode": "0711"}),
        low("file.directory", "/d", "d", 3, {}),
    ]
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    assert not result.failed
    assert [outcome.id for outcome in result.outcomes] == ["d", "e", "f"]


async def test_removal_keeps_its_place(engine: Engine, root: Path) -> None:
    (root / "d").mkdir()
    (root / "d" / "old").write_text("")
    chunks = [
        low("file.absent", "/d", "gone", 1, {}),
        low("file.managed", "/d/new", "new", 2, {"contents": "x", "makedirs": True}),
    ]
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    assert not result.failed
    assert [each.name for each in (root / "d").iterdir()] == ["new"]
    (root / "d" / "new").unlink()
    result = await engine.run(engine.program(chunks[::-1]), cause=Cause.REVISION)
    assert [outcome.id for outcome in result.outcomes] == ["gone", "new"]


async def test_commands_keep_their_place_among_files(engine: Engine, root: Path) -> None:
    chunks = []
    for number in range(0, 20, 2):
        chunks.append(low("file.managed", "/f", f"f{number}", number, {"contents": str(number)}))
        chunks.append(low("cmd.run", "cat f >> log", f"c{number}", number + 1, {"cwd": "/"}))
    result = await engine.run(engine.program(chunks), cause=Cause.REVISION)
    assert not result.failed
    assert (root / "log").read_text().split() == [str(each) for each in range(0, 20, 2)]


@pytest.mark.parametrize("seed", range(15))
async def test_duplicates_on_one_path_end_as_the_last_one_says(
    engine: Engine, root: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    chunks: list[LowChunk] = []
    last: dict[str, str | None] = {}
    for order in range(40):
        path = chance.choice(["/a", "//a", "/d/a", "/d/./b", "/d/x/../b"])
        plain = os.path.normpath(path).replace("//", "/")
        if chance.random() < 0.25:
            chunks.append(low("file.absent", path, f"s{order}", order, {}))
            last[plain] = None
        else:
            args = {"contents": str(order), "mode": chance.choice(["0600", "0644"])}
            chunks.append(low("file.managed", path, f"s{order}", order, args))
            last[plain] = f"{order}\n"
    (root / "d" / "x").mkdir(parents=True)
    shuffled = chance.sample(chunks, len(chunks))
    result = await engine.run(engine.program(shuffled), cause=Cause.REVISION)
    assert not result.failed
    for path, content in last.items():
        file = root / path[1:]
        assert (file.read_text() if file.exists() else None) == content
