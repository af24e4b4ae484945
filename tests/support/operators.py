"""Somebody who gives commands in a test, and peels that only hear jobs."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from support.trusted import ENV, bus_as
from zester.bus.buckets import FACTS, LEASES
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.dispatch import Outcome, dispatch
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options, make_request
from zester.resources.lease import Lease
from zester.resources.nodes.facts import NodeFacts
from zester.targeting.node import NodeView
from zester.telemetry.metrics import Metrics
from zester.telemetry.redaction.vault import Vault
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_peel.agent.jobs.listener import JobListener
from zester_peel.agent.store import Store
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Host
from zester_peel.modules.calling.call import OwnFacts, RunningJobs, States


@dataclass(frozen=True)
class Around:
    """What functions may use in a test: a node that is what the test says."""

    node: NodeView
    host: Host
    jobs: RunningJobs

    @property
    def states(self) -> States:
        raise AssertionError("this peel follows no desired state")

    @property
    def own_facts(self) -> OwnFacts:
        raise AssertionError("this peel keeps no facts")

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.node.facts

    async def quick_view(self) -> NodeView:
        return self.node

    async def view(self) -> NodeView:
        return self.node


@dataclass
class JobPeel:
    """A peel that does nothing but hear jobs; the same folder is the same peel."""

    realm: Realm
    folder: Path
    node: NodeView
    metrics: Metrics = field(default_factory=Metrics)
    vault: Vault = field(default_factory=Vault)
    shares_disk: bool = False
    """Many peels have many disks; those of a test that share one do not wait for it."""

    @asynccontextmanager
    async def running(self, bus: Bus, *, announced: bool = True) -> AsyncIterator[JobListener]:
        """Hear jobs on a bus; ``announced`` = its facts and its lease are there."""
        root = self.folder / "root"
        root.mkdir(parents=True, exist_ok=True)
        store = Store(self.folder / "peel.db")
        if self.shares_disk:
            store.rows("PRAGMA synchronous=OFF")
        verifier = self.realm.verifier(ENV)
        listener = JobListener(
            self.node.id,
            bus,
            store,
            verifier=lambda: verifier,
            around=lambda jobs: Around(self.node, LinuxHost(root), jobs),
            metrics=self.metrics,
            vault=self.vault,
        )
        if announced:
            await announce(bus, self.node)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.run)
                await listener.listening.wait()
                yield listener
                tasks.cancel_scope.cancel()
        finally:
            store.close()


MakeJobPeel = Callable[[NodeView], AbstractAsyncContextManager[JobPeel]]
"""``async with job_peel(NodeView("web-01")):``."""


Zester = Callable[..., Awaitable[subprocess.CompletedProcess[str]]]
"""``await zester("*", "test.ping")`` as the operator alice."""


async def announce(bus: Bus, node: NodeView, *, live: bool = True, ttl: float = 600) -> None:
    """Publish what a peel publishes about itself; its lease runs out after ``ttl`` seconds."""
    key = make_key(node.id)
    facts = NodeFacts(id=node.id, values=dict(node.facts), collected=1.0)
    await Kv(bus, FACTS, NodeFacts).put(key, facts)
    if live:
        lease = Lease(holder=node.id, renewed=1.0)
        await Kv(bus, LEASES, Lease).put(make_key("peel", node.id), lease, ttl=ttl)


@asynccontextmanager
async def operator_on(server: EmbeddedServer, name: str = "alice") -> AsyncIterator[Operator]:
    """Connect to a server of a realm as an operator."""
    realm = server.realm
    assert realm is not None
    async with bus_as(server, Tier.OPERATOR, name) as bus:
        signer = realm.signer(ENV, Tier.OPERATOR, name)
        yield Operator(bus, signer, realm.verifier(ENV))


async def command(
    operator: Operator,
    target: str,
    function: str,
    *args: object,
    kind: str = "compound",
    options: Options | None = None,
    **kwargs: object,
) -> Outcome:
    """Give a command and wait for it."""
    request = make_request(target, kind, function, args, kwargs, options or Options())
    return await dispatch(operator, request, lambda *_: None)
