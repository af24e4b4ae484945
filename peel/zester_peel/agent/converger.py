"""Runs the program against the machine, one run at a time, and remembers what came of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import anyio

from zester.compiler.tree_options import DEFAULT, TreeOptions
from zester.errors import HostError
from zester.reconcile.clock import Clock
from zester.resources.nodes.status import FAILURE_LIMIT, Counts, Failure, LastRun
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester_peel.agent.contest import Contest
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.kept.events import StoredEvents
from zester_peel.agent.kept.pruner import Pruner
from zester_peel.agent.reporting.conditions import shorten
from zester_peel.agent.reporting.reports import build_report
from zester_peel.agent.reporting.run_log import count_run, log_run
from zester_peel.agent.store import Store
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, ChangeClass, Outcome, RunResult
from zester_peel.engine.program import Program
from zester_peel.engine.watch import Watch
from zester_peel.sensors.sensor import Sensor

log = logging.getLogger(__name__)

DriftAgain = Callable[[str, float], None]
"""Called with (ref, seconds): look at a contested ref again then, not earlier."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the machine has to be: the program, its engine, the revisions it stands for."""

    program: Program
    engine: Engine
    revisions: Mapping[str, int]
    watches: Mapping[Watch, tuple[str, ...]]
    options: TreeOptions = DEFAULT


@dataclass(frozen=True, slots=True)
class _Known:
    """The last result of a state, as far as status needs it."""

    result: bool | None
    comment: str
    at: str
    skipped: bool


_RIGHT, _SKIPPED = _Known(True, "", "", skipped=False), _Known(True, "", "", skipped=True)
"""Of most states; that they are many must not cost memory."""


@dataclass(slots=True)
class Converger:
    """One at a time: revision, drift, resync and retry runs wait for each other.

    ``uncorrected`` are refs that had drifted and could not be put right; ``forgetful`` says why the
    last run could not be stored, empty when it was.
    """

    node: str
    env: str
    store: Store
    debts: StoredDebts
    sensors: tuple[Sensor, ...]
    contest: Contest
    metrics: Metrics
    clock: Clock
    pruner: Pruner | None = None
    vault: Vault = field(default_factory=Vault)
    wish: Wish | None = None
    last_run: LastRun | None = None
    running: Cause | None = None
    uncorrected: frozenset[str] = frozenset()
    forgetful: str = ""
    _results: dict[str, _Known] = field(default_factory=dict)
    _reported_failures: frozenset[str] = frozenset()
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def follow(self, wish: Wish, cause: Cause) -> RunResult:
        """Follow another wish from now on, and converge to all of it.

        In one go: a suspicion that came up under the old wish must not be taken for drift from the
        new one.
        """
        async with self._lock:
            self._adopt(wish)
            return await self._run(wish, cause, None)

    async def converge(self, cause: Cause, only: frozenset[str] | None = None) -> RunResult | None:
        """Run the whole wish or some of it; None without a wish."""
        async with self._lock:
            return await self._run(self.wish, cause, only) if self.wish else None

    async def aside(self, engine: Engine, program: Program, *, test: bool) -> RunResult:
        """Run what a command asked for, while no other run goes on; drift is judged after it."""
        async with self._lock:
            targets = frozenset(watch.target for watch in program.watches())
            for sensor in self.sensors:
                sensor.hold(targets)
            try:
                return await engine.run(program, cause=Cause.COMMAND, test=test)
            finally:
                for sensor in self.sensors:
                    sensor.release(targets)

    def recall(self) -> None:
        """Take up where the last process left: its last run, and the states that had failed.

        A failed command is not run by a boot; it has to be retried, not forgotten.
        """
        self.forgetful = self.store.problem
        self.last_run = self.store.last_run()
        self._results = {
            ref: _Known(False, comment, at, skipped=False)
            for ref, (comment, at) in self.store.failures().items()
        }
        self._reported_failures = self.failed

    def _adopt(self, wish: Wish) -> None:
        known = {node.ref for node in wish.program}
        self.debts.keep(known)
        self.contest.forget(frozenset(self._results) - known)
        self.uncorrected &= known
        self._results = {ref: found for ref, found in self._results.items() if ref in known}
        self._watch(wish)

    def _watch(self, wish: Wish) -> None:
        self.wish = wish
        for sensor in self.sensors:
            sensor.set(frozenset(watch for watch in wish.watches if watch.kind == sensor.kind))

    def _look_further(self, wish: Wish, result: RunResult) -> None:
        """Watch what states found only while they ran."""
        if any(wish.program[outcome.ref].roaming for outcome in result.outcomes):
            watches = wish.program.watches()
            if watches != wish.watches:
                self._watch(replace(wish, watches=watches))

    async def _run(self, wish: Wish, cause: Cause, only: frozenset[str] | None) -> RunResult:
        """Run; events about what the run touches are judged after it."""
        self.running = cause
        targets = self._targets(wish, only)
        for sensor in self.sensors:
            sensor.hold(targets)
        try:
            result = await wish.engine.run(wish.program, cause=cause, only=only)
        finally:
            self.running = None
            for sensor in self.sensors:
                sensor.release(targets)
        self._look_further(wish, result)
        self._settle(result)
        if self.pruner is not None and only is None:
            result = await self._pruned(self.pruner, wish, result)
        self._remember(wish, result, whole=only is None)
        return result

    async def _pruned(self, pruner: Pruner, wish: Wish, result: RunResult) -> RunResult:
        """Take away what is not declared any more; not while something fails."""
        if not wish.options.prune:
            pruner.forget()
        elif not result.failed and not result.stopped:
            outcomes = await pruner.prune(wish.program, wish.options)
            return replace(result, outcomes=(*result.outcomes, *outcomes))
        return result

    def refs_of(self, watch: Watch) -> tuple[str, ...]:
        """Return the refs that a watch may reveal something about."""
        return self.wish.watches.get(watch, ()) if self.wish else ()

    @property
    def failed(self) -> frozenset[str]:
        """The refs whose last result is a failure."""
        return frozenset(ref for ref, known in self._results.items() if known.result is False)

    @property
    def undone(self) -> frozenset[str]:
        """The refs to look at again soon: they failed, or owe something."""
        return self.failed | self.debts.owed()

    def counts(self) -> Counts:
        """Count the states of the wish by their last result."""
        values = self._results.values()
        failed = sum(known.result is False for known in values)
        skipped = sum(known.skipped and known.result is not False for known in values)
        total = len(self.wish.program) if self.wish else 0
        return Counts(
            total=total, ok=len(self._results) - failed - skipped, failed=failed, skipped=skipped
        )

    def failures(self) -> tuple[Failure, ...]:
        """Return the first failures in definition order."""
        if self.wish is None:
            return ()
        found: list[Failure] = []
        for node in self.wish.program:
            known = self._results.get(node.ref)
            if known is not None and known.result is False:
                found.append(Failure(ref=node.ref, at=known.at, comment=known.comment))
                if len(found) == FAILURE_LIMIT:
                    break
        return tuple(found)

    def _targets(self, wish: Wish, only: frozenset[str] | None) -> frozenset[str]:
        if only is None:
            return frozenset(watch.target for watch in wish.watches)
        nodes = (wish.program.nodes[place] for place in wish.program.affected(only))
        return frozenset(watch.target for node in nodes for watch in node.watches())

    def _settle(self, result: RunResult) -> None:
        signatures = {
            path: signature
            for outcome in result.outcomes
            for path, signature in outcome.signatures.items()
        }
        for sensor in self.sensors:
            sensor.settle(signatures)

    def _remember(self, wish: Wish, result: RunResult, *, whole: bool) -> None:
        for outcome in result.outcomes:
            if outcome.ref not in wish.program:
                continue  # what was taken away is no state any more
            self._results[outcome.ref] = _known(outcome)
        corrected = [found for found in result.changed if _corrected(found)]
        failing = {outcome.ref for outcome in result.failed}
        self.uncorrected -= {outcome.ref for outcome in result.outcomes} - failing
        if result.cause in (Cause.DRIFT, Cause.RESYNC):
            self.uncorrected |= failing
        failed = self.failed
        count_run(self.metrics, result, len(corrected), self.counts())
        news = bool(result.changed) or failed != self._reported_failures
        if not news and result.cause is not Cause.REVISION:
            return
        result = result.concealed(self.vault.value)
        self._contested(corrected, result.cause)
        run = uuid.uuid4().hex
        try:
            self._store_run(run, wish, result, len(corrected), whole=whole)
            self.forgetful = self.store.problem
        except HostError as error:
            # The machine is converged all the same; only the memory of it is lost.
            self.forgetful = str(error)
            log.error("run not remembered", extra={"error": str(error)})
        self._reported_failures = failed

        self.last_run = LastRun(
            id=run,
            cause=result.cause.value,
            started=result.started,
            duration=result.duration,
            changed=len(result.changed),
            corrected=len(corrected),
            failed=len(result.failed),
        )
        log_run(result, len(corrected))

    def _store_run(
        self, run: str, wish: Wish, result: RunResult, corrected: int, *, whole: bool
    ) -> None:
        report = build_report(
            run,
            result,
            node=self.node,
            env=self.env,
            revisions=wish.revisions,
            spool=self.store.spool_name,
            number=self.store.next_report_number(),
        )
        failed = [outcome for outcome in result.failed if not outcome.changes]
        gone = self.store.known_refs() - {node.ref for node in wish.program} if whole else ()
        self.store.record_run(run, result, corrected=corrected, gone=gone, report=report)
        told = result.outcomes if result.cause is Cause.REVISION else (*result.changed, *failed)
        StoredEvents(self.store, self.node).add(run, told)

    def _contested(self, corrected: list[Outcome], cause: Cause) -> None:
        if cause is not Cause.DRIFT:
            return
        now = self.clock.monotonic()
        for outcome in corrected:
            hold = self.contest.corrected(outcome.ref, now)
            if hold:
                log.warning(
                    "state is contested",
                    extra={"ref": outcome.ref, "at": str(outcome.at), "hold_seconds": hold},
                )


def _known(outcome: Outcome) -> _Known:
    skipped = outcome.skipped is not None
    if outcome.result is False:
        return _Known(False, shorten(outcome.comment), str(outcome.at), skipped)
    return _SKIPPED if skipped else _RIGHT


def _corrected(outcome: Outcome) -> bool:
    return outcome.change_class is ChangeClass.CORRECTED and outcome.result is True
