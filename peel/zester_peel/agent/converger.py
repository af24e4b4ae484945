"""Runs the program against the machine, one run at a time, and remembers what came of it."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import field, replace

import anyio

from zester.dataclass import dataclass
from zester.errors import HostError
from zester.reconcile.clock import Clock
from zester.resources.maintenance.verdict import ENFORCE, Verdict
from zester.resources.nodes.status import Counts, Failure, LastRun
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester_peel.agent.kept.debts import StoredDebts
from zester_peel.agent.kept.events import StoredEvents
from zester_peel.agent.kept.pruner import Pruner
from zester_peel.agent.reporting.reports import build_report
from zester_peel.agent.reporting.results import Results
from zester_peel.agent.reporting.run_log import count_run, log_run
from zester_peel.agent.store import Store
from zester_peel.agent.upkeep.contest import Contest
from zester_peel.agent.upkeep.policy import Policy, refuse
from zester_peel.agent.upkeep.slots import FleetSlots
from zester_peel.agent.upkeep.wish import Wish
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, ChangeClass, Outcome, RunResult
from zester_peel.engine.program import Program
from zester_peel.engine.watch import Watch
from zester_peel.sensors.sensor import Sensor

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Converger:
    """One at a time: revision, drift, resync and retry runs wait for each other.

    ``uncorrected`` are refs that had drifted and could not be put right; ``forgetful`` says why the
    last run could not be stored, empty when it was. Without a ``policy`` changes are always made.
    ``pending``: the wish is new, and was not brought about whole. ``whole_runs`` counts.
    """

    node: str
    env: str
    store: Store
    debts: StoredDebts
    sensors: tuple[Sensor, ...]
    contest: Contest
    metrics: Metrics
    clock: Clock
    policy: Policy | None = None
    slots: FleetSlots | None = None
    pruner: Pruner | None = None
    vault: Vault = field(default_factory=Vault)
    wish: Wish | None = None
    last_run: LastRun | None = None
    running: Cause | None = None
    uncorrected: frozenset[str] = frozenset()
    forgetful: str = ""
    pending: bool = False
    whole_runs: int = 0
    _results: Results = field(default_factory=Results)
    _lock: anyio.Lock = field(default_factory=anyio.Lock)

    async def follow(self, wish: Wish, cause: Cause) -> RunResult:
        """Follow another wish from now on, and converge to all of it.

        In one go: a suspicion that came up under the old wish must not be taken for drift from the
        new one.
        """
        async with self._lock:
            self._adopt(wish)
            self.pending = self.pending or cause is Cause.REVISION
            return await self._run(wish, cause, None)

    async def converge(self, cause: Cause, only: frozenset[str] | None = None) -> RunResult | None:
        """Run the whole wish or some of it; None without a wish and while suspended."""
        async with self._lock:
            if self.wish is None or (self.policy is not None and self.policy.suspended):
                return None
            return await self._run(self.wish, cause, only)

    def verdict(self) -> Verdict:
        """Return whether what is wished may be brought about now."""
        if self.policy is None:
            return ENFORCE
        observes = self.wish is not None and self.wish.options.observe
        return self.policy.verdict(tree_observes=observes)

    async def aside(
        self, engine: Engine, program: Program, *, test: bool, force: bool
    ) -> RunResult:
        """Run what a command asked for, while no other run goes on; drift is judged after it.

        Raises UnderMaintenance unless it only tests or is forced.
        """
        free = test or force
        async with self._lock:
            if not free:
                refuse(self.verdict())
            goes_on = _always if free else self._goes_on(test=False)
            with self._holding(frozenset(watch.target for watch in program.watches())):
                return await engine.run(program, cause=Cause.COMMAND, test=test, goes_on=goes_on)

    @contextmanager
    def _holding(self, targets: frozenset[str]) -> Iterator[None]:
        """Have sensors judge only afterwards what happens to what a run looks at."""
        for sensor in self.sensors:
            sensor.hold(targets)
        try:
            yield
        finally:
            for sensor in self.sensors:
                sensor.release(targets)

    def recall(self) -> None:
        """Take up where the last process left: its last run, and the states that had failed.

        A failed command is not run by a boot; it has to be retried, not forgotten.
        """
        self.forgetful = self.store.problem
        self.last_run = self.store.last_run()
        self._results.recall(self.store.failures())

    def _adopt(self, wish: Wish) -> None:
        known = {node.ref for node in wish.program}
        self.debts.keep(known)
        self.contest.forget(self._results.keep(known))
        self.uncorrected &= known
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
        test = self.verdict().kind != "enforce"
        try:
            with self._holding(self._targets(wish, only)):
                result = await wish.engine.run(
                    wish.program,
                    cause=cause,
                    only=only,
                    test=test,
                    goes_on=self._goes_on(test=test),
                )
        finally:
            self.running = None
        self._look_further(wish, result)
        self._settle(result)
        if self.pruner is not None and only is None and not result.test:
            result = await self._pruned(self.pruner, wish, result)
        self._remember(wish, result, whole=only is None)
        if only is None and not result.cut:
            self.whole_runs += 1
            self._finish(result)
        return result

    def _goes_on(self, *, test: bool) -> Callable[[], bool]:
        policy = self.policy
        if policy is None:
            return _always
        return (lambda: not policy.suspended) if test else policy.goes_on

    def _finish(self, result: RunResult) -> None:
        """Note that a new wish was brought about, or that nothing was left to do for it.

        By a run that also does what is done once, such as commands.
        """
        as_new = result.cause in (Cause.REVISION, Cause.COMMAND)
        if as_new and (not result.test or not (result.left or result.failed)):
            self.pending = False

    async def _pruned(self, pruner: Pruner, wish: Wish, result: RunResult) -> RunResult:
        """Take away what is not declared any more; not while something fails."""
        if not wish.options.prune:
            pruner.forget()
        if result.failed or result.stopped or result.cut:
            return result
        outcomes = await pruner.prune(wish.program, wish.options, wish.origins)
        return replace(result, outcomes=(*result.outcomes, *outcomes)) if outcomes else result

    def refs_of(self, watch: Watch) -> tuple[str, ...]:
        """Return the refs that a watch may reveal something about."""
        return self.wish.watches.get(watch, ()) if self.wish else ()

    @property
    def left(self) -> frozenset[str]:
        """The refs that are not as wished and were left alone."""
        return self._results.left

    @property
    def undone(self) -> frozenset[str]:
        """The refs to look at again soon: they failed, or owe something."""
        return self._results.failed | self.debts.owed()

    def counts(self) -> Counts:
        """Count the states of the wish by their last result."""
        return self._results.counts(len(self.wish.program) if self.wish else 0)

    def failures(self) -> tuple[Failure, ...]:
        """Return the first failures in definition order."""
        return self._results.failures(self.wish.program) if self.wish else ()

    def _targets(self, wish: Wish, only: frozenset[str] | None) -> frozenset[str]:
        if not self.sensors:
            return frozenset()
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
        self._results.note(result.outcomes, wish.program)
        if result.unmoved:
            self._results.all_right(wish.program)
            self.uncorrected = frozenset()
        corrected = [found for found in result.made if _corrected(found)]
        failing = {outcome.ref for outcome in result.failed}
        self.uncorrected -= {outcome.ref for outcome in result.outcomes} - failing
        if result.cause in (Cause.DRIFT, Cause.RESYNC):
            self.uncorrected |= failing
        count_run(self.metrics, result, len(corrected), self.counts())
        now = self._results.now
        news = bool(result.made) or now != self._results.reported
        if not news and result.cause is not Cause.REVISION:
            return
        if self.vault:
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
        self._results.reported = now
        self.last_run = LastRun(
            id=run,
            cause=result.cause.value,
            started=result.started,
            duration=result.duration,
            changed=len(result.made),
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
        told = result.outcomes if result.cause is Cause.REVISION else (*result.made, *failed)
        done = [outcome for outcome in told if outcome.result is not None]
        StoredEvents(self.store, self.node).add(run, done)

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


def _always() -> bool:
    return True


def _corrected(outcome: Outcome) -> bool:
    return outcome.change_class is ChangeClass.CORRECTED and outcome.result is True
