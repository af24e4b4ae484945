"""Reconcile one namespace: what its objects say becomes one source, and each is told what came."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from zester.bus.link.connection import Bus
from zester.compiler.assigned.top import is_top
from zester.errors import BlobUnavailable, BusUnavailable, Untrusted
from zester.reconcile.reconciler import Requeue
from zester.trees.publish import Destination
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.fleet.fleet import FleetRules
from zester_controller.mirror.holder import Holder
from zester_controller.mirror.known import Known
from zester_controller.mirror.look import Look, drafted, layout_of
from zester_controller.mirror.objects.store import ObjectStore
from zester_controller.mirror.plan.candidate import Candidate, is_object
from zester_controller.mirror.plan.checked import Checked
from zester_controller.mirror.plan.draft import Draft, Ground
from zester_controller.mirror.plan.files import Surroundings
from zester_controller.mirror.plan.pace import interval_of, retry_of
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.plan.references import References, wanted_of
from zester_controller.mirror.publish.authority import MirrorAuthority
from zester_controller.mirror.publish.endings import endings
from zester_controller.mirror.publish.guard import DeletionGuard, Stopped
from zester_controller.mirror.publish.neighbours import Neighbours
from zester_controller.mirror.publish.publisher import (
    PRIORITY,
    Standing,
    publish,
    read_standing,
)
from zester_controller.mirror.report.census import Census
from zester_controller.mirror.report.recipients import Recipients
from zester_controller.mirror.report.since import Since
from zester_controller.mirror.report.status import handled
from zester_controller.mirror.report.unable import Unable
from zester_controller.mirror.report.writer import StatusWriter
from zester_controller.mirror.stored import StoredObjects
from zester_controller.mirror.unserved import Unserved

log = logging.getLogger(__name__)

SETTLED, UNSETTLED = 60.0, 15.0
"""Seconds after which peels are counted again: when all is well, and when it is not."""

WAITING = frozenset({"ReferenceNotFound", "PathConflict"})
"""Reasons that may go away when other sources change."""


class NamespaceReconciler:
    """``interval`` in seconds is how often everything is looked at again without a cause.

    ``soon`` is how often while peels are on their way. ``own`` is the namespace of this master.
    """

    def __init__(
        self,
        bus: Bus,
        api: ClusterApi,
        store: ObjectStore,
        authority: MirrorAuthority,
        *,
        own: str | None,
        fleet: FleetRules | None = None,
        interval: float = 600.0,
        soon: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._api = api
        self._store = store
        self._authority = authority
        self._own = own
        self._fleet = fleet
        self._interval = interval
        self._soon = soon
        self._clock = clock
        self._guards: dict[str, DeletionGuard] = {}
        self._since: dict[str, Since] = {}
        self._neighbours = Neighbours(bus, authority.env)
        self._census = Census(bus, authority.env, authority.verifier)
        self._recipients = Recipients(bus, authority.verifier)
        self.references = References(api)
        self._writer = StatusWriter(api, store.answered)
        self._holder = Holder(api, store)
        self._unable = Unable(api, store, clock)
        self._unserved = Unserved(api, store, StoredObjects(bus, authority), self._holder, own=own)
        self.waiting: set[str] = set()
        """Namespaces in which something waits for what other sources have."""

    async def reconcile(self, key: str) -> Requeue:
        """Publish what a namespace says; raises ClusterUnavailable, BusUnavailable and others."""
        candidates = [
            candidate
            for each_key, body in self._store.of(key)
            if (candidate := Candidate.read(each_key, body)).env == self._authority.env
        ]
        try:
            after = await self._look_after(key, candidates)
        except (BusUnavailable, BlobUnavailable, Untrusted) as error:
            await self._unable.tell(key, [c for c in candidates if not self._shown(c)], error)
            raise
        self._unable.over(key)
        return after

    async def _look_after(self, key: str, candidates: Sequence[Candidate]) -> Requeue:
        unserved = [each for each in candidates if not (each.published or self._shown(each))]
        await self._writer.write(await self._unserved.settle(key, unserved))
        look = await self._look(key, [each for each in candidates if each.published])
        stolen = self._stolen(look)
        checked, stopped = await self._plan(key, look)
        standing = look.standing
        if stolen is None:
            await self._hold(look, checked.draft)
        if stolen is None and (standing.head is not None or checked.draft.paths):
            standing = await self._publish(key, look, checked)
        if stolen is None:
            await self._let_go(look, standing)
        stalled = stolen or (Problem("DeletionGuard", stopped.message) if stopped else None)
        return await self._report(key, look, checked.draft, standing, stalled)

    def _shown(self, candidate: Candidate) -> bool:
        """Whether it is about a machine, which others look after."""
        return self._fleet is not None and self._fleet.serves(candidate.key, candidate.body)

    async def _look(self, namespace: str, candidates: Sequence[Candidate]) -> Look:
        authority = self._authority()
        source = self._authority.source(namespace)
        live = [each for each in candidates if not each.deleting]
        going = [each for each in candidates if each.deleting]
        return Look(
            authority,
            source,
            live,
            going,
            await read_standing(self._bus, authority, self._authority.env, source),
            await self._neighbours.beside(source, authority.verifier),
            await endings(self._api, namespace, self._own, going),
        )

    def _stolen(self, look: Look) -> Problem | None:
        """Tell when somebody else moved our head and nobody asked us to move it back."""
        signer = look.standing.signer
        if signer in ("", self._authority.name) or not all(handled(c.body) for c in look.all):
            return None
        return Problem(
            "HeadConflict",
            f"{signer} moved the head of {look.source}; to publish over it, annotate an object "
            "with another zester.dev/reconcile-requested-at",
        )

    async def _plan(self, namespace: str, look: Look) -> tuple[Checked, Stopped | None]:
        """Return what to publish; with what the guard keeps as if nobody had touched it."""
        asked = any(not handled(candidate.body) for candidate in look.live)
        referred = await self.references.read(wanted_of(look.live), anew=asked)
        where = Surroundings(
            self._authority.env, self._authority.cluster, layout_of(look), referred
        )
        files = look.standing.files
        root = (where.layout.states, where.layout.settings)
        tops = {
            path: await self._neighbours.text(entry)
            for path, entry in files.items()
            if any(path.startswith(p) and is_top(path.removeprefix(p)) for p in root)
        }
        ground = Ground(files, self._store.complete, orphaning=look.endings.orphaning, tops=tops)
        checked = await drafted(look, ground, where)
        stopped = self._judge(namespace, look, checked.draft)
        if stopped is not None:
            log.warning("removals wait", extra={"namespace": namespace, "why": stopped.message})
            kept = replace(ground, keep=checked.draft.removed)
            checked = await drafted(look, kept, where)
        return checked, stopped

    def _judge(self, namespace: str, look: Look, draft: Draft) -> Stopped | None:
        guard = self._guards.setdefault(namespace, DeletionGuard(self._clock))
        there = {candidate.origin for candidate in look.all}
        ghosts = draft.removed - there
        before = {e.origin for e in look.standing.files.values() if is_object(e.origin)}
        confirmed = max((candidate.confirmed for candidate in look.all), default=0)
        sudden = look.endings.sudden or bool(ghosts)
        return guard.judge(before, draft.removed, confirmed, sudden=sudden)

    async def _publish(self, namespace: str, look: Look, checked: Checked) -> Standing:
        floor = 0
        if look.standing.head is None:
            fleet = await self._census.look(nodes=False)
            floor = fleet.highest(look.source)
        cluster = self._authority.cluster
        to = Destination(
            self._authority.env,
            look.source,
            author=self._authority.name,
            message=f"{len(look.live)} objects of namespace {namespace} in {cluster}",
            priority=PRIORITY,
        )
        standing = await publish(self._bus, checked, to, look.authority, floor=floor)
        self._guards[namespace].done(checked.draft.removed)
        return standing

    async def _hold(self, look: Look, draft: Draft) -> None:
        """Hold the objects of which something will be published; the others are free to go."""
        there = set(draft.owners.values())
        await self._holder.hold(one for one in look.live if one.origin in there)

    async def _let_go(self, look: Look, standing: Standing) -> None:
        """Release the objects of which nothing is published any more."""
        left = {entry.origin for entry in standing.files.values()}
        await self._holder.release(one for one in look.going if one.origin not in left)

    async def _report(
        self,
        namespace: str,
        look: Look,
        draft: Draft,
        standing: Standing,
        stalled: Problem | None,
    ) -> Requeue:
        targets = any(candidate.key.plural == "topassignments" for candidate in look.live)
        fleet = await self._census.look(nodes=targets)
        told = [*look.live, *(look.going if stalled is not None else ())]
        settings = any(candidate.key.plural == "settings" for candidate in told)
        held = await self._recipients.held() if settings else {}
        since = self._since.setdefault(namespace, Since())
        known = Known(look, draft, standing, stalled, fleet, held, since)
        # What we wrote a moment ago is in the store; so may be a spec that this look did not see.
        findings = [known.of(one, self._store.get(one.key) or one.body) for one in told]
        await self._writer.write(findings)
        waits = any(each.wrong is not None and each.wrong.reason in WAITING for each in findings)
        (self.waiting.add if waits else self.waiting.discard)(namespace)
        readiness = {finding.ready[1] for finding in findings}
        if "Progressing" in readiness:
            return Requeue(self._soon)
        settled = readiness <= {"Published"}
        asked = [
            (retry_of if finding.wrong else interval_of)(finding.candidate) for finding in findings
        ]
        return Requeue(min(SETTLED if settled else UNSETTLED, self._interval, *asked))
