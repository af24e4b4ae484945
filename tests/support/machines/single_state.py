"""One state that no file declares, run by itself."""

from __future__ import annotations

from collections.abc import Mapping

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome


async def run_state(
    engine: Engine,
    function: str,
    name: str,
    args: Mapping[str, object],
    *,
    test: bool = False,
    cause: Cause = Cause.REVISION,
) -> Outcome:
    """Run ``function`` (``file.managed``) and return what became of it."""
    state, fun = function.split(".")
    chunk = LowChunk(state, fun, name, "it", "web", "base", At("web.sls", 1), 10_000, args)
    result = await engine.run(engine.program([chunk]), cause=cause, test=test)
    return result.outcomes[0]
