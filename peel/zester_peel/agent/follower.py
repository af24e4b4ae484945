"""Follow the desired state: sync, compile, converge; look again from time to time; retry."""

from __future__ import annotations

import json
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
    TransientError,
    ZesterError,
)
from zester.reconcile.backoff import Backoff
from zester.reconcile.reconciler import Requeue
from zester.targeting.node import NodeView
from zester.telemetry.metrics import Metrics
from zester_peel.agent.belief.belief import Belief
from zester_peel.agent.converger import Converger
from zester_peel.agent.desired import DesiredState, Synced
from zester_peel.agent.jobs.states import PeelStates
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.reporting.following import KEPT, OWN, WHOLE, Following
from zester_peel.agent.store import Store
from zester_peel.agent.wishes import WishCompiler
from zester_peel.engine.outcome import Cause, RunResult
from zester_peel.settings import PeelSettings

log = logging.getLogger(__name__)

DESIRED, RESYNC, RETRY = "desired", "resync", "retry"

CONVERGED = "converged"
"""Key in the store: the revisions whose whole run was finished, as JSON."""


FROZEN_RETRY = 5.0
"""Seconds until the bus is looked at again that showed less than a master vouches for."""


class Follower:
    """Reconciles the keys ``desired``, ``resync`` and ``retry``."""

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
        metrics: Metrics,
        changed: Callable[[], None],
        ask: Callable[[str, float], None],
        give_back: Callable[[], None],
    ) -> None:
        self.following = Following()
        self._settings = settings
        self._bus = bus
        self._belief = belief
        self._desired = desired
        self._compiler = compiler
        self._converger = converger
        self._machine = machine
        self._store = store
        self._metrics = metrics
        self._changed = changed
        self._ask = ask
        self._give_back = give_back
        self._retries: Backoff[str] = Backoff(first=5.0, ceiling=600.0)
        self._tried: object = None

    async def boot(self) -> None:
        """Converge to the last good state on disk, without the bus."""
        self._belief.load()
        self._machine.label(self._belief.labels)
        converged = self._store.get(CONVERGED)
        try:
            current = self._desired.load(_revisions(converged))
        except ZesterError as error:
            self._refuse_kept(error)
            return
        if not current.heads:
            return
        self.following.observed = current.revisions
        finished = converged == json.dumps(current.revisions)
        try:
            await self._follow(Cause.BOOT if finished else Cause.REVISION)
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
            self._give_back()
            return Requeue(_about(self._settings.host_resync))
        if key == RETRY:
            if self._desired.lost() and self._bus.connected:
                await self._look()  # what is missing may be why it failed
            await self._converge(Cause.REVISION, self._converger.undone)
            return None
        await self._look()
        found = self.following.problems.values()
        frozen = any(isinstance(error, FrozenMirror) for error in found)
        resync = self._settings.bus_resync
        return Requeue(_about(min(resync, FROZEN_RETRY) if frozen else resync))

    async def _look(self) -> None:
        if not self._bus.connected:
            await self._follow(Cause.REVISION)
            return
        await self._belief.read(self._bus)
        if self._machine.label(self._belief.labels):
            self._changed()
        # What was read is known of the tree that compiled; of one that did not it is not.
        touches = self._compiler.touched_by if self._tried is None else None
        synced = await self._desired.sync(self._bus, touches)
        if self._desired.behind and self._needs_compile():
            synced = await self._desired.sync(self._bus)
        self._note(synced)
        await self._follow(Cause.REVISION)
        for error in synced.problems.values():
            if isinstance(error, TransientError | HostError):
                raise error  # to be tried again soon: disks are cleaned, blobs arrive

    def _note(self, synced: Synced) -> None:
        self._metrics.trees_fetched.inc(synced.fetched_bytes)
        following = self.following
        for source, error in synced.problems.items():
            known = following.problems.get(source)
            if known is None or known.message != error.message:
                self._metrics.trees_rejected.inc(reason=error.reason)
                log.warning(
                    "head not followed",
                    extra={"source": source, "reason": error.reason, "error": str(error)},
                )
        kept = {key: following.problems[key] for key in (WHOLE, OWN) if key in following.problems}
        if self._tried != self._inputs():
            kept.pop(WHOLE, None)  # that was said of other files: these are still to be compiled
        following.problems = {**kept, **synced.problems}
        following.observed = {**following.observed, **synced.seen}
        following.conflicts = synced.desired.conflicts
        following.refused = dict(self._belief.problems)
        following.stale = self._belief.stale_since(time.time())
        following.synced = True
        self._changed()

    def _inputs(self) -> object:
        files, granted = self._desired.current.files, self._belief.grants.keys
        return (files, self._machine.fingerprint, _Same(granted))

    def _needs_compile(self) -> bool:
        return self._compiler.stale(self._desired.current.files, self._machine.facts)

    async def _follow(self, cause: Cause) -> None:
        """Compile when something that was read has changed, and converge to it."""
        current = self._desired.current
        if not current.heads:
            return
        if not self._needs_compile():
            # Nothing that was read has changed: the revision stands for the same machine.
            if self.following.problems.pop(WHOLE, None) is not None:
                self._tried = None  # back to a tree that compiles
                self._changed()
            self._desired.confirm()
            if self.following.applied != current.revisions and self._converger.wish is not None:
                self.following.applied = current.revisions
                self._changed()
            return
        if self._desired.behind:
            # Without the bus, new facts may lead to files that a noted revision changed.
            self._desired.fall_back()
            current = self._desired.current
        inputs = self._inputs()
        if self._tried == inputs:
            return  # it failed on exactly these files and facts: only new ones can help
        try:
            wish = await self._compiler.compile(current, self._machine)
        except TransientError as error:
            if isinstance(error, BlobUnavailable):
                self._desired.damaged()
            raise
        except ZesterError as error:
            self._tried = inputs
            self.following.problems[WHOLE] = error
            self._metrics.trees_rejected.inc(reason=error.reason)
            log.warning(
                "desired state does not compile",
                extra={"reason": error.reason, "error": str(error)},
            )
            self._changed()
            return
        self._tried = None
        self.following.problems.pop(WHOLE, None)
        self._desired.confirm()
        self._changed()
        self._ran(await self._converger.follow(wish, cause))
        self._converger.vault.release()
        self.following.applied = dict(wish.revisions)
        self._store.set(CONVERGED, json.dumps(dict(wish.revisions)))
        self._changed()
        await anyio.to_thread.run_sync(self._desired.cache.trim, self._desired.referenced())
        self._give_back()

    async def _converge(self, cause: Cause, only: frozenset[str] | None = None) -> None:
        self._changed()
        self._ran(await self._converger.converge(cause, only))

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


class _Same:
    """Equal to another one of the very same object: neither compares nor shows what it holds."""

    def __init__(self, held: object) -> None:
        self._held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._held is other._held

    __hash__ = None  # type: ignore[assignment]  # only compared


def _revisions(text: str | None) -> dict[str, int]:
    """The revisions of the last finished run as they are stored."""
    try:
        return {str(source): int(number) for source, number in json.loads(text or "{}").items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _about(seconds: float) -> float:
    """± 20 %, so that a fleet does not look all at once."""
    return seconds * random.uniform(0.8, 1.2)  # noqa: S311 - jitter, not a secret
