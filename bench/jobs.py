"""``zester '*' test.ping`` over many peels: every one with its own key, connection and database.

The peels do all that a peel does about jobs, many in a process; they follow no desired state.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from bench.figures import Figure
from zester.bus.buckets import FACTS, LEASES, TRUST
from zester.bus.keys import escape_token, make_key
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.bus.server.provision import provision
from zester.cli.fleet.dispatch import dispatch
from zester.cli.fleet.operator import Operator
from zester.cli.fleet.request import Options, make_request
from zester.errors import BusUnavailable, StateError
from zester.resources.lease import Lease
from zester.resources.nodes.facts import NodeFacts
from zester.targeting.node import NodeView
from zester.telemetry.metrics import Metrics
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_peel.agent.jobs.listener import JobListener
from zester_peel.agent.store import Store
from zester_peel.host.linux import LinuxHost
from zester_peel.host.protocol import Host
from zester_peel.modules.calling.call import OwnFacts, RunningJobs, States

ENV = "base"
PEELS = int(os.environ.get("ZESTER_BENCH_PEELS", "1000"))
PROCESSES = 2
BUDGETS = {1000: 1.0, 10_000: 5.0}
READY = 600.0


@dataclass(frozen=True)
class Around:
    """What functions may use here: facts, and a machine of its own."""

    node: NodeView
    host: Host
    jobs: RunningJobs

    @property
    def states(self) -> States:
        raise StateError("this peel follows no desired state")

    @property
    def own_facts(self) -> OwnFacts:
        raise StateError("this peel keeps no facts")

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.node.facts

    async def quick_view(self) -> NodeView:
        return self.node

    async def view(self) -> NodeView:
        return self.node


def measure() -> list[Figure]:
    """Ask 1,000 peels (or $ZESTER_BENCH_PEELS) for a sign of life, ten times."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    # A thousand peels have a thousand disks; here their databases share the memory.
    memory = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory() as disk, tempfile.TemporaryDirectory(dir=memory) as folder:
        realm = Realm.generate((ENV,))
        server = EmbeddedServer(Path(disk) / "nats", port=free_port(), realm=realm)
        context = multiprocessing.get_context("fork")
        shares = [range(each, PEELS, PROCESSES) for each in range(PROCESSES)]
        swarm = [
            context.Process(target=_peels, args=(realm, server.url, folder, share), daemon=True)
            for share in shares
        ]
        for process in swarm:
            process.start()
        try:
            seconds = anyio.run(_ask, realm, server)
        finally:
            for process in swarm:
                process.terminate()
                process.join()
    budget = BUDGETS.get(PEELS, PEELS / 1000)
    return [
        Figure(f"test.ping, last answer of {PEELS:,} peels, median", seconds[0], budget, "s"),
        Figure(f"test.ping, last answer of {PEELS:,} peels, worst of 10", seconds[1], budget, "s"),
    ]


async def _ask(realm: Realm, server: EmbeddedServer) -> tuple[float, float]:
    async with server, AsyncExitStack() as stack:
        master = await stack.enter_async_context(_bus(realm, server.url, Tier.MASTER, "bench"))
        await provision(master)
        await Records(master, TRUST).put("bundle", realm.bundle(ENV))
        await _all_there(master)
        bus = await stack.enter_async_context(_bus(realm, server.url, Tier.OPERATOR, "alice"))
        who = Operator(bus, realm.signer(ENV, Tier.OPERATOR, "alice"), realm.verifier(ENV))
        samples = []
        for _ in range(10):
            request = make_request("*", "compound", "test.ping", (), {}, Options(quiet=True))
            start = time.perf_counter()
            outcome = await dispatch(who, request, lambda *_: None)
            samples.append(time.perf_counter() - start)
            answered = sum(returned.ok for returned in outcome.returns.values())
            if answered != PEELS:
                print(f"only {answered} answered; silent: {len(outcome.silent)}")
        return statistics.median(samples), max(samples)


async def _all_there(bus: Bus) -> None:
    with anyio.fail_after(READY):
        while True:
            seen = [record.key async for record in Records(bus, LEASES).scan("peel.*")]
            if len(seen) >= PEELS:
                return
            await anyio.sleep(0.5)


def _bus(realm: Realm, url: str, tier: Tier, name: str) -> Any:  # noqa: ANN401 - a context manager
    token = escape_token(name)
    login = FixedLogin(realm.issue(ENV, tier, token), realm.authority_certificates)
    return open_bus([url], name=name, login=login, timeout=READY)


def _peels(realm: Realm, url: str, folder: str, share: range) -> None:
    anyio.run(_run_peels, realm, url, Path(folder), share)


async def _run_peels(realm: Realm, url: str, folder: Path, share: range) -> None:
    verifier = realm.verifier(ENV)
    host = LinuxHost(folder)
    limiter = anyio.CapacityLimiter(32)

    async def one(number: int) -> None:
        node = NodeView(f"peel-{number:05}", {"os": "Debian", "number": number})
        async with AsyncExitStack() as stack:
            async with limiter:
                bus: Bus = await stack.enter_async_context(_bus(realm, url, Tier.PEEL, node.id))
            store = Store(folder / "peels" / node.id / "peel.db")
            listener = JobListener(
                node.id,
                bus,
                store,
                verifier=lambda: verifier,
                around=lambda jobs: Around(node, host, jobs),
                metrics=Metrics(),
            )
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listener.run)
                await listener.listening.wait()
                await _announce(bus, node)

    async with anyio.create_task_group() as tasks:
        for number in share:
            tasks.start_soon(one, number)


async def _announce(bus: Bus, node: NodeView) -> None:
    facts = NodeFacts(id=node.id, values=dict(node.facts), collected=1.0)
    lease = Lease(holder=node.id, renewed=time.time())
    while True:
        try:
            await Kv(bus, FACTS, NodeFacts).put(make_key(node.id), facts)
            await Kv(bus, LEASES, Lease).put(make_key("peel", node.id), lease, ttl=READY)
        except BusUnavailable:
            await anyio.sleep(0.5)  # the buckets are not made yet
        else:
            return
