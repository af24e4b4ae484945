"""Granting settings keys to 10,000 peels: all of them, one of them, none of them."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path
from typing import Any

import anyio

from bench.figures import Figure
from zester.bus.buckets import FACTS, GRANTS, NODES
from zester.bus.keys import escape_token, make_key
from zester.bus.link.connection import Bus
from zester.bus.link.login import FixedLogin
from zester.bus.link.message import Message
from zester.bus.parallel import each
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.bus.signed import place_of
from zester.compiler.checks.sealing import plan_sealing
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.telemetry.metrics import Metrics
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, Published, publish_tree
from zester.trees.sealed.keyring import Keyring
from zester.trees.sealed.pushing import seal_tree
from zester.trees.sealed.scopes import scope_of
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.grants.authority import GrantAuthority
from zester_controller.grants.room import GrantsRoom

PEELS = int(os.environ.get("ZESTER_BENCH_PEELS", "10000"))
ENV = "base"
ROLES = 20
FACTS_OF_A_PEEL = {f"fact_{number}": [f"value {number}"] * 8 for number in range(90)}
"""About 10 KB, as real ones."""

TOP = "base:\n  '*': [common]\n" + "".join(
    f"  'label:role=r{number}': [role{number}]\n" for number in range(ROLES)
)
TOP += "  'G@os:Debian': [debian]\n  'G@site:s1': [site]\n"


class CountingBus(Bus):
    """Counts what goes out."""

    sent = 0

    async def publish(
        self, subject: str, data: bytes = b"", *, headers: Mapping[str, str] | None = None
    ) -> None:
        self.sent += 1
        await super().publish(subject, data, headers=headers)

    async def request(
        self,
        subject: str,
        data: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float = 5.0,
    ) -> Message:
        self.sent += 1
        return await super().request(subject, data, headers=headers, timeout=timeout)

    async def stream(
        self, subject: str, data: bytes = b"", *, timeout: float = 5.0
    ) -> AsyncGenerator[Message, None]:
        self.sent += 1
        async for message in super().stream(subject, data, timeout=timeout):
            yield message


def measure() -> list[Figure]:
    """Enrol, push, grant; then change everything, one fact, one file's content."""
    with tempfile.TemporaryDirectory() as folder:
        return anyio.run(_measure, Path(folder))


async def _measure(folder: Path) -> list[Figure]:
    realm = Realm.generate()
    async with EmbeddedServer(folder / "nats", realm=realm) as server:
        login = FixedLogin(realm.issue(ENV, Tier.MASTER, "bench"), realm.authority_certificates)
        bus = CountingBus([server.url], name="bench", login=login)
        async with anyio.create_task_group() as tasks:
            await tasks.start(bus.supervise)
            await bus.wait_connected(20)
            await provision(bus)
            found = await _Fleet(bus, realm, folder / "tree").run()
            tasks.cancel_scope.cancel()
    return found


class _Fleet:
    def __init__(self, bus: CountingBus, realm: Realm, folder: Path) -> None:
        self.bus, self.realm, self.folder = bus, realm, folder
        verifier = realm.verifier(ENV)
        self.publisher = Authority(realm.signer(ENV, Tier.PUBLISHER), verifier)
        self.master = GrantAuthority(
            realm.signer(ENV, Tier.MASTER), verifier, realm.keys(ENV).masters
        )
        self.metrics = Metrics()

    async def run(self) -> list[Figure]:
        await self._enrol()
        self._write("settings/top.zy", TOP)
        self._write("states/top.zy", "base:\n  '*': []\n")
        names = ["common", "debian", "site", *(f"role{number}" for number in range(ROLES))]
        for name in names:
            self._write(f"settings/{name}.zy", f"{name}: secret\n" * 1)
        figures = []
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._room().run)
            await self._push()
            figures += await self._timed("grant to all for the first time", self._all(PEELS))
            scope = scope_of("cli", "settings/common.zy")
            before = self._written
            keyring = Keyring(self.bus, self.master.verifier)
            await keyring.ensure([scope], rotate=True)  # a key that everybody has
            figures += await self._timed(
                "regrant all: a key everybody has", self._all(before + PEELS)
            )
            figures += await self._one()
            await self._content()
            tasks.cancel_scope.cancel()
        return figures

    def _room(self) -> GrantsRoom:
        async def authority() -> GrantAuthority:
            return self.master

        return GrantsRoom(
            self.bus, authority, env=ENV, holder="bench", metrics=self.metrics, lease_ttl=60.0
        )

    async def _enrol(self) -> None:
        nodes, facts = Records(self.bus, NODES), Records(self.bus, FACTS)

        async def one(number: int) -> None:
            node = f"web-{number:06d}.example.com"
            record = NodeRecord(
                revision=1,
                id=node,
                env=ENV,
                key=KeyPair.generate(KeyKind.USER).public,
                labels={"role": f"r{number % ROLES}"},
                updated=1,
            )
            key = make_key(node)
            data = self.master.signer.sign(place_of(NODES, key), record.encode())
            await facts.put(key, self._facts(node, number, "s0"))
            await nodes.put(key, data)

        await each(range(PEELS), one, limit=64)

    def _facts(self, node: str, number: int, site: str) -> bytes:
        os_ = "Debian" if number % 2 else "Fedora"
        values: dict[str, Any] = {**FACTS_OF_A_PEEL, "id": node, "os": os_, "site": site}
        return NodeFacts(id=node, values=values, collected=time.time()).encode()

    def _write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    async def _push(self) -> Published:
        tree, to = build_tree(self.folder), Destination(ENV, "cli")
        sealed = await seal_tree(self.bus, tree, to, self.publisher, plan_sealing(tree).refs)
        return await publish_tree(self.bus, sealed, to, self.publisher)

    @property
    def _written(self) -> float:
        return sum(self.metrics.grants_written.values.values())

    @property
    def _computed(self) -> float:
        return sum(self.metrics.grants_computed.values.values())

    def _all(self, written: float) -> Callable[[], bool]:
        return lambda: self._written >= written

    async def _timed(self, what: str, done: Callable[[], bool]) -> list[Figure]:
        sent, size = self.bus.sent, sum(self.metrics.grants_bytes.values.values())
        start, cpu = time.perf_counter(), time.process_time()
        await _until(done)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        sent = self.bus.sent - sent
        size = (sum(self.metrics.grants_bytes.values.values()) - size) / PEELS
        print(
            f"  {what}: {seconds:.1f} s ({cpu / PEELS * 1e3:.2f} ms of processor, "
            f"{sent / PEELS:.2f} messages, {size:.0f} bytes for each peel); "
            f"{_resident():.0f} MiB resident here"
        )
        print(
            f"    100,000 peels: about {seconds * 100_000 / PEELS:.0f} s, "
            f"{sent * 100_000 / PEELS / 1e3:.0f} thousand messages, {size * 1e5 / 1e6:.0f} MB"
        )
        return [
            Figure(f"{what}, processor for each of {PEELS:,}", cpu / PEELS * 1000, 4, "ms"),
            Figure(f"{what}, bytes of a grant", size, 4096, "B"),
        ]

    async def _one(self) -> list[Figure]:
        """A fact that the top file reads changes on one peel."""
        number = PEELS // 2
        node = f"web-{number:06d}.example.com"
        written, computed, sent = self._written, self._computed, self.bus.sent
        start = time.perf_counter()
        await Records(self.bus, FACTS).put(escape_token(node), self._facts(node, number, "s1"))
        await _until(lambda: self._written > written)
        seconds = time.perf_counter() - start
        print(
            f"  one fact of one peel: {self._computed - computed:.0f} peel looked at, "
            f"{self._written - written:.0f} grant written, {self.bus.sent - sent} messages"
        )
        return [Figure("one fact of one peel → its grant", seconds * 1000, 1500, "ms")]

    async def _content(self) -> None:
        """The content of a file that everybody has changes."""
        before = [record.revision async for record in Records(self.bus, GRANTS).scan()]
        await self._push()  # sealed with the new key
        written, computed = self._written, self._computed
        self._write("settings/common.zy", "common: another secret\n")
        published = await self._push()
        await anyio.sleep(2)  # nothing must happen
        after = [record.revision async for record in Records(self.bus, GRANTS).scan()]
        grants = self._written - written
        print(
            f"  new content of a file that all have: {published.uploaded_blobs} blob, 1 manifest, "
            f"1 head, {grants:.0f} grants, {self._computed - computed:.0f} peels looked at"
        )
        if grants or published.uploaded_blobs != 1 or sorted(before) != sorted(after):
            raise AssertionError("a change of content alone must touch no grant")


async def _until(done: Callable[[], bool]) -> None:
    """Watch without taking part."""
    while not done():  # noqa: ASYNC110 - what is measured knows nothing of it
        await anyio.sleep(0.005)


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
