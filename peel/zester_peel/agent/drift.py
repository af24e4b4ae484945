"""Put right what has drifted: from a sensor's "maybe changed" to a run of just those states."""

from __future__ import annotations

from collections.abc import Callable

from zester.reconcile.clock import Clock
from zester.reconcile.queue import KeyedQueue
from zester.telemetry.metrics import Metrics
from zester_peel.agent.converger import Converger
from zester_peel.agent.memory import Memory
from zester_peel.engine.outcome import Cause
from zester_peel.engine.watch import Watch

_MANY = 100
"""States of one look after which memory is worth giving back."""


class DriftLoop:
    """A queue of suspected refs and the loop that looks at them.

    The first suspicion of a state is looked at at once; further ones are coalesced; a contested
    state is left alone for as long as its hold lasts, and then looked at again in any case.
    """

    def __init__(
        self,
        converger: Converger,
        *,
        metrics: Metrics,
        clock: Clock,
        changed: Callable[[], None],
        failed: Callable[[], None],
        memory: Memory,
    ) -> None:
        self.queue: KeyedQueue[str] = KeyedQueue(clock=clock)
        self._converger = converger
        self._metrics = metrics
        self._clock = clock
        self._changed = changed
        self._failed = failed
        self._memory = memory

    def suspect(self, watch: Watch) -> None:
        """Take a sensor's word that something may have changed."""
        now = self._clock.monotonic()
        for ref in self._converger.refs_of(watch):
            hold = self._converger.contest.remaining(ref, now)
            if hold:
                self.queue.add_after(ref, hold)
            else:
                self.queue.add(ref)

    async def run(self) -> None:
        """Look at suspected states until cancelled."""
        while True:
            await self._look(await self.queue.take())

    async def _look(self, refs: frozenset[str]) -> None:
        """Look at these; nothing of it stays in memory until the next time."""
        self._metrics.reconcile_queue_depth.set(len(self.queue), queue="drift")
        left = self._converger.left
        result = await self._converger.converge(Cause.DRIFT, refs)
        if result is None:
            return
        if result.changed or result.failed or left != self._converger.left:
            self._changed()
        if result.failed:
            self._failed()
        now = self._clock.monotonic()
        for ref in refs:
            hold = self._converger.contest.remaining(ref, now)
            if hold:
                self.queue.add_after(ref, hold)
        if len(result.outcomes) >= _MANY:
            del result
            self._memory.give_back()
