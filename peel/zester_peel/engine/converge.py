"""Making the machine what a program says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.content import Sources
from zester_peel.engine.outcome import Cause, Outcome, RunResult
from zester_peel.engine.program import Program, Registry, build_program
from zester_peel.engine.ready import ReadyQueue
from zester_peel.engine.requisites import FREE, judge
from zester_peel.engine.visit import Visit
from zester_peel.host.protocol import Host

CONCURRENCY = 8


class Engine:
    """Runs programs against one host.

    One run at a time: two runs at once would not see each other's locks.
    """

    def __init__(
        self, host: Host, registry: Registry, sources: Sources, *, concurrency: int = CONCURRENCY
    ) -> None:
        self._host = host
        self._registry = registry
        self._sources = sources
        self._concurrency = concurrency

    def program(self, chunks: Sequence[LowChunk]) -> Program:
        """Return the program for a low state; raises CompileError for circular requisites."""
        return build_program(chunks, self._registry)

    async def run(
        self,
        program: Program,
        *,
        cause: Cause,
        test: bool = False,
        only: frozenset[str] | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
    ) -> RunResult:
        """Converge the program, or only these refs and whatever watches them.

        States outside ``only`` count as fine and unchanged. With ``test`` nothing is changed and
        predicted changes feed the states that depend on them. ``on_outcome`` hears of each state
        as it finishes. Cancelled, nothing of the run goes on.
        """
        started, begun = time.time(), time.perf_counter()
        visit = Visit(self._host, self._sources, cause, test)
        results: dict[int, Outcome] = {}

        async def converge(position: int) -> None:
            node = program.nodes[position]
            standing = judge(node.requisites, results) if node.requisites else FREE
            outcome = await visit.converge(node, standing)
            if outcome is not None:
                results[position] = outcome
                if on_outcome is not None:
                    on_outcome(outcome)

        members = None if only is None else program.affected(only)
        await ReadyQueue(program.graph, members, converge).run(self._concurrency)
        return RunResult(
            cause=cause,
            test=test,
            started=started,
            duration=time.perf_counter() - begun,
            outcomes=tuple(results.values()),
        )
