"""Guards, asked in a real shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.content import Sources
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause
from zester_peel.engine.program import Registry
from zester_peel.host.linux import LinuxHost

pytestmark = pytest.mark.anyio

Chunk = Callable[..., LowChunk]


@pytest.mark.parametrize(
    ("guards", "skipped"),
    [
        ({"onlyif": "true"}, None),
        ({"onlyif": "false"}, "onlyif"),
        ({"onlyif": ["true", "exit 3"]}, "onlyif"),
        ({"onlyif": [True, "true"]}, None),
        ({"onlyif": False}, "onlyif"),
        ({"onlyif": []}, None),
        ({"unless": "true"}, "unless"),
        ({"unless": "false"}, None),
        ({"unless": ["true", "true"]}, "unless"),
        ({"unless": ["true", "false"]}, None),
        ({"unless": True}, "unless"),
        ({"unless": []}, None),
        ({"creates": "/there"}, "creates"),
        ({"creates": "/gone"}, None),
        ({"creates": ["/there", "/gone"]}, None),
        ({"creates": ["/there", "/there"]}, "creates"),
        ({"onlyif": "true", "unless": "true"}, "unless"),
        ({"onlyif": "no-such-command-here"}, "onlyif"),
    ],
)
@pytest.mark.parametrize("test", [False, True])
async def test_guards(
    engine: Engine,
    chunk: Chunk,
    tmp_path: Path,
    guards: Mapping[str, object],
    skipped: str | None,
    test: bool,
) -> None:
    (tmp_path / "there").write_text("")
    program = engine.program([chunk("a", **guards)])
    found = (await engine.run(program, cause=Cause.REVISION, test=test)).outcomes[0]
    assert found.skipped == skipped
    assert found.result is (True if skipped or not test else None)
    assert bool(found.changes) is (skipped is None)


@pytest.mark.parametrize(
    ("guards", "skipped"),
    [
        ({"onlyif": {"fun": "file.there", "path": "/x"}}, None),
        ({"onlyif": {"fun": "file.there", "args": ["/y"]}}, "onlyif"),
        ({"unless": [{"fun": "file.there", "path": "/x"}]}, "unless"),
        ({"unless": [{"fun": "file.there", "path": "/y"}, "true"]}, None),
        ({"onlyif": [{"fun": "user.info", "get_return": "deep:shell"}]}, None),
        ({"onlyif": [{"fun": "user.info", "get_return": "deep:nothing"}]}, "onlyif"),
    ],
)
async def test_execution_functions_as_guards(
    registry: Registry,
    sources: Sources,
    tmp_path: Path,
    chunk: Chunk,
    guards: dict[str, Any],
    skipped: str | None,
) -> None:
    functions: dict[str, Callable[..., Any]] = {
        "file.there": lambda path: path == "/x",
        "user.info": lambda: {"deep": {"shell": "/bin/sh"}},
    }
    engine = Engine(LinuxHost(tmp_path), registry, sources, functions=functions)
    found = (
        await engine.run(engine.program([chunk("a", **guards)]), cause=Cause.REVISION)
    ).outcomes
    assert [each.skipped for each in found] == [skipped]


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"fun": "file.thre"}, "there is no execution function 'file.thre'"),
        ({"path": "/x"}, "a map without 'fun'"),
        (7, "7 is neither a command nor true or false"),
    ],
)
async def test_a_condition_that_cannot_be_asked_fails_its_state(
    engine: Engine, chunk: Chunk, condition: object, told: str
) -> None:
    found = await engine.run(engine.program([chunk("a", unless=condition)]), cause=Cause.REVISION)
    assert found.outcomes[0].result is False
    assert told in found.outcomes[0].comment


async def test_a_function_that_is_asked_wrongly_fails_its_state(
    registry: Registry, sources: Sources, tmp_path: Path, chunk: Chunk
) -> None:
    engine = Engine(LinuxHost(tmp_path), registry, sources, functions={"x.y": lambda: 1})
    program = engine.program([chunk("a", onlyif={"fun": "x.y", "colour": "red"})])
    found = (await engine.run(program, cause=Cause.REVISION)).outcomes[0]
    assert found.result is False
    assert found.comment.startswith("condition x.y: ")


async def test_commands_of_guards_run_as_the_state_would(
    engine: Engine, chunk: Chunk, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    told = 'test "$WORD" = hej && test "$(umask)" = 0027 && test "${PWD##*/}" = here && exit 7'
    given = {"cwd": "/here", "env": {"WORD": "hej"}, "umask": "027", "success_retcodes": [7]}
    program = engine.program(
        [
            chunk("a", onlyif=told, **given),
            chunk("b", onlyif=told, cmd_opts_exclude=["env"], **given),
            chunk("c", onlyif="sleep 5", timeout=0.05),
            chunk("d", onlyif="true", timeout="long"),
        ]
    )
    result = await engine.run(program, cause=Cause.REVISION)
    found = {each.id: each for each in result.outcomes}
    assert (found["a"].skipped, found["b"].skipped) == (None, "onlyif")
    assert found["c"].result is False
    assert "ran past its 0.05 s" in found["c"].comment
    assert "arguments of the commands of guards" in found["d"].comment
