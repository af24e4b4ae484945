"""Follow the desired state: sync, compile, converge; look again from time to time; retry."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import replace

import anyio

from zester.bus.link.connection import Bus
from zester.errors import (
    BlobUnavailable,
    FrozenMirror,
    HostError,
    NotGranted,
    TransientError,
    ZesterError,
)
from zester.reconcile.backoff import Backoff
from zester.reconcile.reconciler import Requeue
from zester.targeting.node import NodeView
from zester.telemetry.metrics import Metrics
from zester_peel.agent.belief.belief import Belief
from zester_peel.agent.belief.grant_wait import GrantWait
from zester_peel.agent.converger import Converger
from zester_peel.agent.desired import DesiredState, Synced
from zester_peel.agent.inputs import Inputs
from zester_peel.agent.jobs.states import PeelStates
from zester_peel.agent.kept.finished import Finished
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.memory import Memory
from zester_peel.agent.reporting.following import KEPT, OWN, WHOLE, Following
from zester_peel.agent.store import Store
from zester_peel.agent.upkeep.applied import Applied
from zester_peel.agent.upkeep.policy import Policy
from zester_peel.agent.wishes import WishCompiler
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.settings import PeelSettings

log = logging.getLogger(__name__)

DESIRED, MOVED, RESYNC, RETRY, RESUME = "desired", "moved", "resync", "retry", "resume"

FROZEN_RETRY = 5.0
"""Seconds until the bus is looked at again that showed less than a master vouches for."""


class Follower:
    """Reconciles ``desired``, ``resync``, ``retry``, and ``resume``: what may be done is new.

    ``moved``: a head has; all else that the bus says has hints of its own, and ``desired``.
    """

    def __init__(
        self,
        settings: PeelSettings,
        bus: Bus,
        *,
        belief: Belief,
        desired: DesiredState,
        compiler: WishCompiler,
        converger: Converger,
        machine: Machine,
        store: Store,
        policy: Policy,
        metrics: Metrics,
        changed: Callable[[], None],
        ask: Callable[[str, float], None],
        memory: Memory,
    ) -> None:
        self.following = Following()
        self._settings = settings
        self._bus = bus
        self._belief = belief
        self._desired = desired
        self._compiler = compiler
        self._converger = converger
        self._machine = machine
        self._applied = Applied(converger, self.following, Finished(store), changed)
        self._policy = policy
        self._metrics = metrics
        self._changed = changed
        self._ask = ask
        self._memory = memory
        self._retries: Backoff[str] = Backoff(first=5.0, ceiling=600.0)
        self._tried: Inputs | None = None
        self._wait = GrantWait()

    async def boot(self) -> None:
        """Converge to the last good state on disk, without the bus."""
        self._machine.label(self._belief.labels)
        try:
            current = self._desired.load(self._applied.revisions())
        except ZesterError as error:
            self._refuse_kept(error)
            return
        if not current.heads:
            return
        self.following.observed = current.revisions
        try:
            await self._follow()
        except TransientError as error:  # the bus may bring what the disk has lost
            self._refuse_kept(error)
        except HostError as error:  # the disk filled up meanwhile: the machine is looked after
            self.following.problems[OWN] = error
            self._changed()

    def _refuse_kept(self, error: ZesterError) -> None:
        self.following.problems[KEPT] = error
        self._metrics.trees_rejected.inc(reason=error.reason)
        log.warning("kept state refused", extra={"reason": error.reason, "error": str(error)})
        self._changed()

    @property
    def states(self) -> PeelStates:
        """What commands may ask of the desired state."""
        return PeelStates(self._desired, self._compiler, self._converger, self._machine)

    async def look_at(self, node: NodeView) -> NodeView:
        """Return this node with the settings and groups of what is followed now."""
        _, made = await self._compiler.made(self._desired.current, self._machine, sls=())
        return replace(node, settings=made.settings, groups=made.groups)

    async def reconcile(self, key: str) -> Requeue | None:
        """Look at one key; raises TransientError when it should be tried again soon.

        Raises HostError when the state folder cannot be used; the status says so meanwhile.
        """
        try:
            requeue = await self._reconcile(key)
        except HostError as error:
            if error not in self.following.problems.values():
                self.following.problems[OWN] = error
            self._changed()
            raise
        if self.following.problems.pop(OWN, None) is not None:
            self._changed()
        return requeue

    async def _reconcile(self, key: str) -> Requeue | None:
        if key == RESYNC:
            if self._machine.refresh():
                await self._look()
            await self._converge(Cause.RESYNC)
            self._memory.give_back()
            return Requeue(_about(self._settings.host_resync))
        if key == RETRY:
            if self._desired.lost() and self._bus.connected:
                await self._look()  # what is missing may be why it failed
            await self._converge(Cause.REVISION, self._converger.undone)
            return None
        if key == RESUME:
            await self._resume()
            return None
        await self._look(whole=key != MOVED)
        self._memory.drop_code()  # seldom used: what judges signatures and documents
        problems, waiting = self.following.problems.values(), self.following.waiting
        frozen = any(isinstance(each, FrozenMirror) for each in problems)
        if key == MOVED and not frozen and waiting is None:
            return None  # the next regular look stays where it is
        resync = self._settings.bus_resync
        pause = _about(min(resync, FROZEN_RETRY) if frozen else resync)
        if waiting is not None and not frozen:
            pause = min(pause, self._wait.left(self._desired.current.revisions))
        self._ask(DESIRED, pause)
        return None

    async def _look(self, *, whole: bool = True) -> None:
        self.following.busy = True
        try:
            await self._looked(whole=whole)
        finally:
            self.following.busy = False
            self._changed()

    async def _looked(self, *, whole: bool) -> None:
        if not self._bus.connected:
            await self._follow()
            return
        if whole or self._belief.record is None or self._policy.behind:
            await self._belief.read(self._bus)
        else:
            await self._belief.read_word(self._bus)
        self._policy.look()
        if self._machine.label(self._belief.labels):
            self._changed()
        # What was read is known of the tree that compiled; of one that did not it is not.
        touches = self._compiler.touched_by if self._tried is None else None
        synced = await self._desired.sync(self._bus, touches)
        if self._desired.behind and self._needs_compile():
            synced = await self._desired.sync(self._bus)
        self._note(synced)
        await self._follow()
        for error in synced.problems.values():
            if isinstance(error, TransientError | HostError):
                raise error  # to be tried again soon: disks are cleaned, blobs arrive

    def _note(self, synced: Synced) -> None:
        self._metrics.trees_fetched.inc(synced.fetched_bytes)
        following = self.following
        # Of other files than were tried nothing is known as a whole: they are still to be compiled.
        fresh = following.take(synced, whole=self._tried == self._inputs())
        for source, error in fresh.items():
            self._metrics.trees_rejected.inc(reason=error.reason)
            log.warning(
                "head not followed",
                extra={"source": source, "reason": error.reason, "error": str(error)},
            )
        following.refused = dict(self._belief.problems)
        following.stale = self._belief.stale_since(time.time())
        self._changed()

    def _inputs(self) -> Inputs:
        grants = self._belief.grants
        return Inputs(self._desired.current.files, self._machine.fingerprint, grants.keys)

    def _needs_compile(self) -> bool:
        return self._compiler.stale(self._desired.current.files, self._machine.facts)

    async def _resume(self) -> None:
        """Look at everything: what may be done now is not what it was."""
        before = self._converger.whole_runs
        await self._look()
        if self._converger.whole_runs == before:
            as_new = self._converger.pending and self._converger.verdict().kind == "enforce"
            await self._converge(Cause.REVISION if as_new else Cause.RESYNC)

    async def _follow(self) -> None:
        """Compile when something that was read has changed, and converge to it."""
        current = self._desired.current
        if not current.heads or self._policy.suspended:
            self.following.waiting = None
            return
        if not self._needs_compile():
            self.following.waiting = None
            # Nothing that was read has changed: the revision stands for the same machine.
            if self.following.problems.pop(WHOLE, None) is not None:
                self._tried = None  # back to a tree that compiles
                self._changed()
            self._desired.confirm()
            self._applied.stands_for(current.revisions)
            return
        if self._desired.behind:
            # Without the bus, new facts may lead to files that a noted revision changed.
            self._desired.fall_back()
            current = self._desired.current
        inputs = self._inputs()
        if self._tried == inputs:
            # It failed on exactly these files and facts: only new ones can help.
            if self.following.waiting is not None:
                self._lack(self.following.waiting)
            return
        try:
            wish = await self._compiler.compile(current, self._machine)
        except TransientError as error:
            if isinstance(error, BlobUnavailable):
                self._desired.damaged()
            raise
        except ZesterError as error:
            self._tried = inputs
            if isinstance(error, NotGranted):
                self._lack(error)
            else:
                self._refuse(error)
            return
        self._tried, self.following.waiting = None, None
        self.following.problems.pop(WHOLE, None)
        self._desired.confirm()
        self._changed()
        cause = self._applied.cause(wish.revisions)
        self._ran(await self._converger.follow(wish, cause))
        self._converger.vault.release()
        self._applied.brought_about(wish)
        cache = self._desired.cache
        if cache.crowded:
            await anyio.to_thread.run_sync(cache.trim, self._desired.referenced())
        self._memory.give_back()

    def _lack(self, error: NotGranted) -> None:
        """Wait for the keys of what was just pushed: masters grant them after the push."""
        if self._wait.left(self._desired.current.revisions) <= 0:
            self._refuse(error)
        elif self.following.waiting is not error:
            self.following.waiting = error
            self._changed()

    def _refuse(self, error: ZesterError) -> None:
        self.following.waiting = None
        self.following.problems[WHOLE] = error
        self._metrics.trees_rejected.inc(reason=error.reason)
        log.warning(
            "desired state does not compile", extra={"reason": error.reason, "error": str(error)}
        )
        self._changed()

    async def _converge(self, cause: Cause, only: frozenset[str] | None = None) -> None:
        self._changed()
        pending = self._converger.pending
        self._ran(await self._converger.converge(cause, only))
        if pending and self._converger.wish is not None:
            self._applied.brought_about(self._converger.wish)

    def _ran(self, result: RunResult | None) -> None:
        self._compiler.rest()
        self._compiler.read_sources()
        self._changed()
        if result is None:
            return
        if self._converger.undone:
            self._ask(RETRY, self._retries.failed(RETRY))
        else:
            self._retries.succeeded(RETRY)


def _about(seconds: float) -> float:
    """± 20 %, so that a fleet does not look all at once."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
