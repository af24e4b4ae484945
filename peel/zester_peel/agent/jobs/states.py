"""The desired state, as commands ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zester.compiler.lowstate import GUARDS, OPTIONS, REQUISITES, LowChunk
from zester.dataclass import dataclass
from zester.errors import At, StateError
from zester_peel.agent.converger import Converger
from zester_peel.agent.desired import DesiredState
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.upkeep.policy import refuse
from zester_peel.agent.wishes import WishCompiler
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.modules.calling.call import CompiledStates

_COMMAND = At("<command>")
_FIRST = 10_000


@dataclass(frozen=True, slots=True)
class PeelStates:
    """Compiles and runs in the name of a command; what is followed stays what it is."""

    desired: DesiredState
    compiler: WishCompiler
    converger: Converger
    machine: Machine

    async def compiled(
        self, sls: Sequence[str] | None, over: Mapping[str, Any] | None = None
    ) -> CompiledStates:
        _, made = await self.compiler.made(
            self.desired.current, self.machine, sls=_named(sls), over=over
        )
        return CompiledStates(made.chunks, made.sls)

    async def apply(
        self,
        sls: Sequence[str] | None,
        *,
        test: bool,
        over: Mapping[str, Any] | None = None,
        force: bool = False,
    ) -> RunResult:
        if not test and not force:
            refuse(self.converger.verdict())
        if sls is None and over is None and not test and not force:
            result = await self.converger.converge(Cause.COMMAND)
            if result is not None:
                return result
        current = self.desired.current
        tree, made = await self.compiler.made(current, self.machine, sls=_named(sls), over=over)
        engine = self.compiler.engine_for(current, tree, made)
        return await self.converger.aside(
            engine, engine.program(made.chunks), test=test, force=force
        )

    async def single(
        self,
        function: str,
        name: str,
        args: Mapping[str, Any],
        *,
        test: bool,
        force: bool = False,
    ) -> RunResult:
        if not test and not force:
            refuse(self.converger.verdict())
        chunk = single_chunk(function, name, args, self.desired.env)
        current = self.desired.current
        tree, made = await self.compiler.made(current, self.machine, sls=())
        engine = self.compiler.engine_for(current, tree, made)
        return await self.converger.aside(engine, engine.program([chunk]), test=test, force=force)


def single_chunk(function: str, name: str, args: Mapping[str, Any], env: str) -> LowChunk:
    """Return one state that no file declares; raises StateError for requisites."""
    state, _, fun = function.partition(".")
    refused = [key for key in args if key in REQUISITES]
    if refused:
        raise StateError(f"one state alone has nothing to {refused[0]}")
    return LowChunk(
        *(state, fun, name, name, "", env, _COMMAND, _FIRST),
        args={key: args[key] for key in args if key not in (*GUARDS, *OPTIONS)},
        guards={key: args[key] for key in args if key in GUARDS},
        options={key: args[key] for key in args if key in OPTIONS},
    )


def _named(sls: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if sls is None else tuple(sls)
