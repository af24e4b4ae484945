"""Guards, asked in a real shell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause

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
