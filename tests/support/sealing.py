"""Masters who make keys and grant them, publishers who seal, and peels who open, in tests."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from support.peel import until
from zester.bus.buckets import FACTS, GRANTS, NODES
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.signed import SignedKv
from zester.compiler.checks.sealing import plan_sealing
from zester.errors import CannotOpen, RevokedSigner, Untrusted
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.resources.sealing.grants import GrantedKeys, Grants
from zester.telemetry.metrics import Metrics
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, Published, publish_tree
from zester.trees.sealed.pushing import seal_tree
from zester.trees.tree import LocalTree
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.sealing import BoxKey
from zester.trust.tiers import Tier
from zester.trust.tokens import decode_part
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.room import GrantsRoom

ENV = "base"


@dataclass(frozen=True)
class Sealing:
    """One environment of a realm, as its masters and its publisher see it."""

    realm: Realm
    master: GrantAuthority
    publisher: Authority

    @classmethod
    def of(cls, realm: Realm) -> Sealing:
        verifier = realm.verifier(ENV)
        master = GrantAuthority(realm.signer(ENV, Tier.MASTER), verifier, realm.keys(ENV).masters)
        return cls(realm, master, Authority(realm.signer(ENV, Tier.PUBLISHER), verifier))

    async def authority(self) -> GrantAuthority:
        return self.master

    @asynccontextmanager
    async def room(self, bus: Bus, holder: str = "one", **more: Any) -> AsyncIterator[Metrics]:  # noqa: ANN401 - settings of the room
        """Run a master's room."""
        metrics = Metrics()
        room = GrantsRoom(bus, self.authority, env=ENV, holder=holder, metrics=metrics, **more)
        async with anyio.create_task_group() as tasks:
            await tasks.start(room.run)
            await until("the lease", lambda: room.lease.held)
            try:
                yield metrics
            finally:
                tasks.cancel_scope.cancel()

    async def push(
        self,
        bus: Bus,
        folder: Path,
        files: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401 - of a destination
    ) -> Published:
        """Write files, seal the folder, publish it."""
        tree = written(folder, files or {})
        to = Destination(ENV, more.get("source", "cli"))
        refs = plan_sealing(tree).refs
        sealed = await seal_tree(bus, tree, to, self.publisher, refs)
        return await publish_tree(bus, sealed, to, self.publisher)

    async def enrol(
        self,
        bus: Bus,
        node: str,
        key: KeyPair | None = None,
        facts: Mapping[str, Any] | None = None,
        **labels: str,
    ) -> KeyPair:
        """Put a peel's record (and facts) on the bus; return its key."""
        key = key or KeyPair.generate(KeyKind.USER)
        kv = SignedKv(bus, NODES, NodeRecord, self.master.verifier)
        try:
            known = await kv.get(make_key(node))
        except RevokedSigner:  # signed by a master of before
            await kv.records.delete(make_key(node))
            known = None
        record = NodeRecord(
            revision=known.value.revision + 1 if known else 1,
            id=node,
            env=ENV,
            key=key.public,
            labels=labels,
            updated=int(time.time()),
        )
        if facts is not None:
            document = NodeFacts(id=node, values=dict(facts), collected=time.time())
            await Kv(bus, FACTS, NodeFacts).put(make_key(node), document)
        over = known.revision if known else 0
        await kv.write(make_key(node), record, self.master.signer, over=over)
        return key


async def granted(bus: Bus, sealing: Sealing, node: str, key: KeyPair) -> dict[str, list[int]]:
    """Which generations of which files a peel can open, as its own key tells."""
    kv = SignedKv(bus, GRANTS, Grants, sealing.master.verifier)
    found = await kv.get(make_key(node))
    if found is None:
        return {}
    try:
        plain = GrantedKeys.decode(BoxKey.of(key).open(decode_part(found.value.box)))
    except CannotOpen:
        return {}  # still that of a key before
    return {
        scope.partition(".settings/")[2]: sorted(generations)
        for scope, generations in plain.keys.items()
    }


def written(folder: Path, files: Mapping[str, str]) -> LocalTree:
    """Write files into a folder and read all of it as a tree."""
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return build_tree(folder)


SETTINGS = {
    "states/top.zy": "base:\n  '*': []\n",
    "settings/top.zy": "base:\n  '*': [common]\n  'label:role=db': [db]\n  'G@os:Debian': [deb]\n",
    "settings/common.zy": "motd: hello\n",
    "settings/db.zy": "include: [db.users]\npassword: xyzzy-one\n",
    "settings/db/users.zy": "users: [alice]\n",
    "settings/deb.zy": "mirror: deb.example\n",
    "settings/nobody.zy": "secret: nobody\n",
}
"""Settings for all, for those with a label, for those with a fact, and for nobody."""


async def has_db(wanted: list[int], bus: Bus, sealing: Sealing, key: KeyPair) -> bool:
    """Whether the peel db-1 can open these generations of settings/db.zy."""
    try:
        return (await granted(bus, sealing, "db-1", key)).get("db=2Ezy") == wanted
    except Untrusted:
        return False
