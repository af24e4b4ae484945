"""Makes the world as the enrolments say: node records, revocations, nothing left of the revoked."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping

from zester.bus.buckets import ENROLLMENTS, FACTS, GRANTS, LEASES, NODES, ROLLUPS, STATUS, Bucket
from zester.bus.keys import make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import InvalidDocument, InvalidKey, RevisionConflict, Untrusted
from zester.reconcile.reconciler import Requeue
from zester.resources.enrollment.enrollment import PENDING_LIFE, Enrollment
from zester.trees.sealed.rotation import flag_granted
from zester_controller.enrollment.bundles import Bundles
from zester_controller.enrollment.issuer import Issuer
from zester_controller.enrollment.ledger import Ledger
from zester_controller.enrollment.refused import Refused
from zester_controller.enrollment.revoker import Revoker

log = logging.getLogger(__name__)

SWEEP, BUNDLE = "", "#bundle"
"""Keys that stand for a look at everything and at the trust bundle; no node is called so."""

INTERVAL = 600.0
TELL = 15.0
BELONGINGS: tuple[Bucket, ...] = (NODES, GRANTS, FACTS, STATUS)
"""Buckets whose key is the node: what a revoked peel leaves behind.

The node's record goes first: without one nobody grants anything again.
"""


class Registrar:
    """Reconciles node ids, and SWEEP; only the master that holds the lease does anything."""

    def __init__(
        self,
        bus: Bus,
        bundles: Bundles,
        issuer: Issuer,
        revoker: Revoker,
        refused: Refused,
        *,
        leads: Callable[[], bool],
        counted: Callable[[Mapping[str, int]], None],
    ) -> None:
        self._bus = bus
        self._bundles = bundles
        self._issuer = issuer
        self._revoker = revoker
        self._refused = refused
        self._leads = leads
        self._counted = counted
        self._records = Records(bus, ENROLLMENTS)
        self._seen: dict[str, tuple[int, str]] = {}
        self._states: Counter[str] = Counter()
        self._revoked: dict[str, int] = {}
        self._swept = 0.0

    def forget(self) -> None:
        """Start anew: another master had the lease meanwhile."""
        self._seen.clear()
        self._states.clear()
        self._revoked.clear()
        self._swept = 0.0

    async def reconcile(self, key: str) -> Requeue | None:
        """Look at one node, or at all.

        Raises BusUnavailable, BusRefused, KeyNotFound, Untrusted.
        """
        if not self._leads():
            self.forget()
            self._counted({})
            return Requeue(TELL) if key == SWEEP else None
        if key == BUNDLE:
            await self._bundles.refresh()
            return None
        if key != SWEEP:
            await self._node(key)
            return None
        await self._tell()
        if time.monotonic() - self._swept >= INTERVAL or not self._swept:
            await self._sweep()
            self._swept = time.monotonic()
        return Requeue(TELL)

    async def _sweep(self) -> None:
        believed = await self._bundles.refresh()
        ledger = Ledger(self._bus, self._issuer.signer, believed.verifier)
        changed: list[Enrollment] = []
        present: set[str] = set()
        async for record in self._records.scan():
            node = _node(record.key)
            if node is None:
                continue
            present.add(node)
            if self._seen.get(node, (0, ""))[0] == record.revision:
                continue
            try:
                found = ledger.enrollments.open(record).value
            except (Untrusted, InvalidDocument) as error:
                log.warning("enrolment not believed", extra={"node": node, "error": str(error)})
                self._see(node, record.revision, "unvouched")
                continue
            self._see(node, record.revision, found.state)
            self._revoked.update(found.revoked)
            changed.append(found)
            if ledger.outdated(record.value):
                await self._sign_again(ledger, found, record.revision)
        for gone in self._seen.keys() - present:
            self._unsee(gone)
        await self._cut()
        for found in changed:
            await self._settle(ledger, found)
        self._count()

    async def _node(self, node: str) -> None:
        believed = await self._bundles.current()
        ledger = Ledger(self._bus, self._issuer.signer, believed.verifier)
        try:
            found = await ledger.find(node)
        except (Untrusted, InvalidDocument) as error:
            log.warning("enrolment not believed", extra={"node": node, "error": str(error)})
            self._see(node, 0, "unvouched")
            return
        if found.record is None:
            self._unsee(node)
        else:
            self._see(node, found.revision, found.record.state)
            if found.record.revoked.keys() - self._revoked.keys():
                self._revoked.update(found.record.revoked)
                await self._cut()
            await self._settle(ledger, found.record)
        self._count()

    async def _settle(self, ledger: Ledger, record: Enrollment) -> None:
        try:
            if record.state == "accepted":
                await ledger.note(record)
            elif record.state == "revoked" and record.purged is None:
                await self._purge(ledger, record)
            elif record.state == "pending" and record.requested + PENDING_LIFE < time.time():
                await self._expire(ledger, record)
        except RevisionConflict:
            log.debug("enrolment changed meanwhile", extra={"node": record.id})
            self._unsee(record.id)  # the next sweep looks again

    async def _cut(self) -> None:
        if not self._revoked:
            return
        believed = await self._bundles.current()
        bundle = believed.verifier.anchored.bundle
        await self._revoker.apply(self._revoked, bundle.nodes, bundle.authorities)

    async def _purge(self, ledger: Ledger, record: Enrollment) -> None:
        """Remove what a revoked peel left; it is cut off, so that nothing comes after.

        The secrets it could read get new keys with the next push.
        """
        believed = await self._bundles.current()
        await flag_granted(self._bus, self._issuer.signer, believed.verifier, record.id)
        for bucket in BELONGINGS:
            await _remove(Records(self._bus, bucket), make_key(record.id))
        await _remove(Records(self._bus, LEASES), make_key("peel", record.id))
        found = await ledger.find(record.id)
        if found.record == record:
            now = int(time.time())
            await ledger.keep(record.model_copy(update={"purged": now}), found.revision)
        log.info("revoked peel purged", extra={"node": record.id})

    async def _sign_again(self, ledger: Ledger, record: Enrollment, revision: int) -> None:
        try:
            await ledger.keep(record, revision)
        except RevisionConflict:
            log.debug("enrolment changed meanwhile", extra={"node": record.id})

    async def _expire(self, ledger: Ledger, record: Enrollment) -> None:
        found = await ledger.find(record.id)
        if found.record == record:
            await self._records.delete(make_key(record.id), revision=found.revision)
            log.info("pending enrolment forgotten", extra={"node": record.id})

    async def _tell(self) -> None:
        news = self._refused.news()
        if news is not None:
            records = Records(self._bus, ROLLUPS)
            await records.put(make_key("enrollment", "refused"), news.encode())
            self._refused.told(news)

    def _count(self) -> None:
        self._counted({state: count for state, count in self._states.items() if count})

    def _see(self, node: str, revision: int, state: str) -> None:
        self._unsee(node)
        self._seen[node] = (revision, state)
        self._states[state] += 1

    def _unsee(self, node: str) -> None:
        known = self._seen.pop(node, None)
        if known is not None:
            self._states[known[1]] -= 1


async def _remove(records: Records, key: str) -> None:
    if await records.get(key) is not None:
        await records.delete(key)


def _node(key: str) -> str | None:
    try:
        (node,) = split_key(key)
    except (InvalidKey, ValueError):
        return None
    return node
