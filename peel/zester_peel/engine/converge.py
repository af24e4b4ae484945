"""Making the machine what a program says."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from zester.compiler.lowstate import LowChunk
from zester_peel.engine.backend import Backend
from zester_peel.engine.content import Sources
from zester_peel.engine.disclosure import Disclosure, Openly
from zester_peel.engine.known import Known
from zester_peel.engine.outcome import Cause, Hide, Outcome, RunResult
from zester_peel.engine.program import Program, Registry, build_program
from zester_peel.engine.run.belongings import Belongings
from zester_peel.engine.run.debts import Debts, MemoryDebts
from zester_peel.engine.run.guards import Functions
from zester_peel.engine.run.slots import FreeSlots, Slots
from zester_peel.engine.run.unmoved import unmoved
from zester_peel.engine.run.visit import Visit
from zester_peel.engine.run.walk import Walk
from zester_peel.host.protocol import Host

CONCURRENCY = 8


class Engine:
    """Runs programs against one host.

    One run at a time: two runs at once would not see each other's locks. ``functions`` are the
    execution functions that guards may ask, ``debts`` what earlier runs left undone,
    ``belongings`` notes what is made where nothing was. With ``failhard`` the first failure ends a
    run. ``disclosure`` decides what may be shown, ``slots`` when a state with ``max_in_flight`` may
    be applied.
    """

    def __init__(
        self,
        host: Host,
        registry: Registry,
        sources: Sources,
        *,
        concurrency: int = CONCURRENCY,
        functions: Functions | None = None,
        debts: Debts | None = None,
        belongings: Belongings | None = None,
        failhard: bool = False,
        disclosure: Disclosure | None = None,
        slots: Slots | None = None,
    ) -> None:
        self._slots = slots or FreeSlots()
        self._host = host
        self._registry = registry
        self._sources = sources
        self._concurrency = concurrency
        self._functions = functions or {}
        self._debts = MemoryDebts() if debts is None else debts
        self._belongings = belongings
        self._failhard = failhard
        self._disclosure = disclosure or Openly()

    def program(self, chunks: Sequence[LowChunk], known: Known | None = None) -> Program:
        """Return the program for a low state; raises CompileError for circular requisites.

        ``known`` are states of the program before, which are not read again.
        """
        program = build_program(
            chunks, self._registry, self._functions, self._disclosure.ref, known
        )
        self.accept(program)
        return program

    def accept(self, program: Program) -> None:
        """Judge a program, also one that another engine made: what cannot run here must not."""
        _refuse_without_backend(program, self._host)
        _refuse_secret_keys(program, self._disclosure.hide)

    async def run(
        self,
        program: Program,
        *,
        cause: Cause,
        test: bool = False,
        only: frozenset[str] | None = None,
        on_outcome: Callable[[Outcome], None] | None = None,
        goes_on: Callable[[], bool] = lambda: True,
    ) -> RunResult:
        """Converge the program, or only these refs and whatever watches them.

        States outside ``only`` count as fine and unchanged. With ``test`` nothing is changed and
        predicted changes feed the states that depend on them. ``on_outcome`` hears of each state
        as it finishes; ``goes_on`` is asked before each begins. Cancelled, nothing goes on. A new
        revision of a program all of whose states prove to be as they were is over with that.
        """
        started, begun = time.time(), time.perf_counter()
        if (
            cause is Cause.REVISION
            and only is None
            and not self._debts.owed()
            and goes_on()
            and await unmoved(program, self._host)
        ):
            took = time.perf_counter() - begun
            return RunResult(cause, test, started, took, (), unmoved=len(program))
        walk = Walk(
            program,
            Visit(self._host, self._sources, cause, test, self._disclosure, slots=self._slots),
            self._debts,
            belongings=self._belongings,
            failhard=self._failhard,
            on_outcome=on_outcome,
            goes_on=goes_on,
        )
        try:
            await walk.run(None if only is None else program.affected(only), self._concurrency)
        finally:
            walk.let_go()
        return RunResult(
            cause=cause,
            test=test,
            started=started,
            duration=time.perf_counter() - begun,
            outcomes=tuple(walk.outcomes),
            stopped=walk.stopped,
            cut=walk.cut,
        )


def _refuse_secret_keys(program: Program, hide: Hide) -> None:
    """Every peel reads what places are called."""
    for node in program:
        share = node.conduct.share
        if share is not None and not node.problem and hide(share.key) != share.key:
            node.problem = (
                f"{node.at}: max_in_flight: its key holds a secret; give it another one with key"
            )


def _refuse_without_backend(program: Program, host: Host) -> None:
    """Give each state whose backend is not there this as its problem."""
    reasons: dict[Backend, str] = {}
    for node in program:
        backend = None if node.state is None else node.state.backend
        if backend is None or node.problem:
            continue
        if backend not in reasons:
            reasons[backend] = backend.lacking(host)
        if reasons[backend]:
            node.problem = f"{node.at}: {node.function}: {reasons[backend]}"
