"""Gives each peel the keys of the settings files that the top file assigns to it.

Level-triggered: what a peel should have is worked out from what is stored now, and written only
when it differs from what was granted. A master that dies half-way leaves some peels for the next.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import anyio

from zester.bus.batch import write_batch
from zester.bus.buckets import GRANTS
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.dataclass import dataclass
from zester.errors import (
    InvalidToken,
    RevisionConflict,
    SourceError,
    Untrusted,
    ZesterError,
)
from zester.reconcile.reconciler import Requeue
from zester.resources.nodes.node_record import NodeRecord
from zester.targeting.node import NodeView
from zester.telemetry.metrics import Metrics
from zester.trees.sealed.rotation import flag_scopes
from zester.trees.sealed.scopes import hashed_scope
from zester.trust.verifier import Verifier
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.fleet import Fleet, FleetPage, pages, read_node, view_of
from zester_controller.grants.keyring import KeyringMaker
from zester_controller.grants.keys import OpenedKeys
from zester_controller.grants.sealing import GrantMaker
from zester_controller.grants.settings_tree import SettingsTree, SettingsTrees
from zester_controller.grants.standing import Standing, read_standing

log = logging.getLogger(__name__)

KEY = "grants"
LARGEST = 900 * 1024
"""Bytes of one grant; a value may have 1 MiB."""


@dataclass(frozen=True, slots=True)
class _Write:
    """A new grant; ``lost`` are the scopes that were in the one before."""

    key: str
    data: bytes
    standing: Standing
    lost: frozenset[str]


class Granter:
    """Reconciles the one key ``grants``, while somebody else keeps the lease.

    ``suspect`` names peels to look at, ``suspect_all`` looks at everybody.
    """

    def __init__(
        self,
        bus: Bus,
        lease: RoleLease,
        maker: KeyringMaker,
        authority: Callable[[], Awaitable[GrantAuthority]],
        *,
        interval: float,
        metrics: Metrics,
    ) -> None:
        self._bus = bus
        self._lease = lease
        self._maker = maker
        self._authority = authority
        self._interval = interval
        self._metrics = metrics
        self._fleet = Fleet(bus)
        self._records = Records(bus, GRANTS, timeout=30.0)
        self._dirty: dict[str, None] = {}
        self._rotated = True
        self._forget()

    def _forget(self) -> None:
        self._used: GrantAuthority | None = None
        self._standing: dict[str, Standing] | None = None
        self._tree: SettingsTree | None = None
        self._names: dict[frozenset[str], frozenset[str]] = {}
        self._failed: dict[str, None] = {}
        self._all = True

    def suspect(self, key: str) -> None:
        """Look at one peel again: its labels, key or facts may have changed."""
        self._dirty[key] = None

    def suspect_facts(self, key: str) -> None:
        """The same, unless facts do not count."""
        needs = self._tree.needs if self._tree else None
        if needs is None or needs.uses_facts:
            self._dirty[key] = None

    def suspect_keys(self) -> None:
        """Read the keyring again: keys may have been made."""
        self._rotated = True

    def suspect_all(self) -> None:
        """Look at everybody again."""
        self._all = self._rotated = True

    async def reconcile(self, key: str) -> Requeue:
        """Grant; raises BusUnavailable, BusRefused, Untrusted, InvalidHead."""
        if not self._lease.held:
            self._forget()
            self._dirty.clear()
            return Requeue(self._interval)
        authority = await self._authority()
        if self._used != authority:
            self._forget()
            self._used, self._keys = authority, OpenedKeys(authority.masters)
            self._trees = SettingsTrees(self._bus, self._maker)
            await self._maker.renew()
        if self._standing is None:
            self._standing = {}
            async for record in self._records.scan():
                self._recall(record, authority.verifier)
        tree = await self._trees.newest(authority, self._keys)
        if tree is None:
            return Requeue(self._interval)
        await self._judge(tree, authority)
        await self._grant(tree, authority)
        return Requeue(self._interval)

    def _recall(self, record: Record, verifier: Verifier) -> None:
        """Take up what is stored; what is not a master's word is to be replaced."""
        assert self._standing is not None  # noqa: S101 - made before
        found = read_standing(record, verifier)
        names = self._names.setdefault(found.names, found.names)
        self._standing[record.key] = replace(found, names=names)

    async def _judge(self, tree: SettingsTree, authority: GrantAuthority) -> None:
        """Find out whom a new tree or new keys concern."""
        before, self._tree = self._tree, tree
        if before is not tree:
            self._dirty.update(self._failed)  # another tree may do
            self._failed.clear()
        if before is None or before.shape != tree.shape:
            self._all = self._rotated = True
        elif before is not tree and not tree.opens_with(self._keys):
            self._rotated = True  # nobody told of new keys
        if not self._rotated:
            return
        known = {scope: self._keys.of(scope).keys() for scope in tree.scopes}
        self._keys.learn(await self._maker.get(sorted(tree.scopes)))
        self._rotated = False
        changed = {scope for scope in tree.scopes if self._keys.of(scope).keys() != known[scope]}
        if not changed or self._all:
            return
        names = frozenset(map(hashed_scope, changed))
        for key, standing in (self._standing or {}).items():
            if standing.names & names:
                self._dirty[key] = None

    async def _grant(self, tree: SettingsTree, authority: GrantAuthority) -> None:
        everybody, self._all = self._all, False
        wanted = list(self._dirty)
        self._dirty.clear()
        try:
            if everybody:
                wanted = await self._fleet.keys()
            await self._grant_to(wanted, tree, authority)
        except ZesterError:
            self._all |= everybody
            self._dirty.update(dict.fromkeys(() if everybody else wanted))
            raise

    async def _grant_to(
        self, wanted: Sequence[str], tree: SettingsTree, authority: GrantAuthority
    ) -> None:
        maker = GrantMaker(authority, tree.entries, self._keys)
        facts = tree.needs is not None and tree.needs.uses_facts
        for page in pages(wanted):
            found = await self._fleet.page(page, facts=facts)
            writes = await anyio.to_thread.run_sync(self._work, tree, maker, authority, found)
            await self._flag(writes, tree, authority)
            await self._write(writes, authority)
            if not self._lease.held:
                self._forget()
                return

    def _work(
        self, tree: SettingsTree, maker: GrantMaker, authority: GrantAuthority, page: FleetPage
    ) -> list[_Write]:
        """Work out a page; in a thread, because templates are rendered."""
        writes = []
        for key, record in page.nodes.items():
            node = read_node(record, authority.verifier)
            if node is None:
                continue
            self._metrics.grants_computed.inc()
            try:
                paths = self._paths(tree, view_of(node, page.facts.get(key)))
                made = self._compare(key, node, paths, maker)
            except (SourceError, Untrusted) as error:
                self._metrics.grants_failed.inc()
                self._failed[key] = None
                log.warning("grants not worked out", extra={"node": node.id, "error": str(error)})
                continue
            if made is not None:
                writes.append(made)
        return writes

    @staticmethod
    def _paths(tree: SettingsTree, view: NodeView) -> frozenset[str]:
        return frozenset() if tree.needs is None else tree.needs.of(view)

    def _compare(
        self, key: str, node: NodeRecord, paths: frozenset[str], maker: GrantMaker
    ) -> _Write | None:
        """Return what to write, None when the peel has it already."""
        assert self._standing is not None  # noqa: S101 - made before
        known = self._standing.get(key)
        granted = maker.key_set(paths)
        mark = maker.mark(node, granted)
        if known is not None and known.mark == mark:
            return None
        if known is None and not granted.keys:
            return None  # nothing was granted, nothing is
        if known is not None and known.names & granted.unreadable:
            raise Untrusted("the keyring has no keys of a file that was granted before")
        serial = max(known.serial + 1 if known else 1, int(time.time() * 1000))
        data = maker.document(node, granted, serial)
        if len(data) > LARGEST:
            raise InvalidToken(f"the keys of {len(granted.keys)} files are too many for one node")
        names = self._names.setdefault(granted.names, granted.names)
        made = Standing(known.revision if known else 0, serial, mark, names)
        return _Write(key, data, made, known.names - names if known else names - names)

    async def _flag(
        self, writes: Sequence[_Write], tree: SettingsTree, authority: GrantAuthority
    ) -> None:
        """Have the keys replaced that a peel had and must not use any more."""
        lost = frozenset[str]().union(*(write.lost for write in writes))
        scopes = sorted(scope for scope in tree.scopes if hashed_scope(scope) in lost)
        if scopes:
            log.info("keys are to be replaced", extra={"scopes": len(scopes)})
            await flag_scopes(self._bus, authority.signer, authority.verifier, scopes)

    async def _write(self, writes: Sequence[_Write], authority: GrantAuthority) -> None:
        assert self._standing is not None  # noqa: S101 - made before
        if not writes:
            return
        over = {write.key: write.standing.revision for write in writes}
        try:
            last = await write_batch(
                self._bus, GRANTS, [(write.key, write.data) for write in writes], over=over
            )
        except RevisionConflict:
            await self._write_anew(writes, authority)
            raise
        first = last - len(writes) + 1  # a batch has consecutive sequences
        for number, write in enumerate(writes):
            made = write.standing
            self._standing[write.key] = replace(made, revision=first + number)
            self._metrics.grants_bytes.inc(len(write.data))
        self._metrics.grants_written.inc(len(writes))

    async def _write_anew(self, writes: Sequence[_Write], authority: GrantAuthority) -> None:
        """Look again at what is there: another master was faster, or something was purged."""
        assert self._standing is not None  # noqa: S101 - made before
        keys = [write.key for write in writes]
        stored = await self._records.get_many(keys)
        enrolled = (await self._fleet.page(keys, facts=False)).nodes
        for write in writes:
            if write.key in stored:
                self._recall(stored[write.key], authority.verifier)
                continue
            self._standing.pop(write.key, None)
            if write.key not in enrolled:
                continue  # revoked meanwhile
            revision = await self._records.create(write.key, write.data)  # over what was deleted
            self._standing[write.key] = replace(write.standing, revision=revision)
