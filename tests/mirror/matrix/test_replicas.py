"""Two masters as processes, of which the one that mirrors is killed, or frozen for a while."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.kubernetes.mirrored import CLUSTER, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from support.masters import MasterProcess, masters
from support.realm_folder import make_site
from zester.bus.buckets import LEASES
from zester.bus.kv import Kv
from zester.bus.link.connection import Bus
from zester.bus.server.provision import provision
from zester.resources.lease import Lease
from zester.trust.disk.issuing import Wish, issue
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True)
class Pair:
    """Two masters of one realm at one cluster."""

    cluster: Mirrored
    bus: Bus
    masters: dict[str, MasterProcess]

    async def holder(self) -> str:
        found = await Kv(self.bus, LEASES, Lease).get("role.mirror")
        return found.value.holder if found else ""

    async def leader(self, *, other_than: str = "") -> MasterProcess:
        """Wait until one of them mirrors."""

        async def held() -> bool:
            return await self.holder() not in ("", other_than)

        await eventually("one has the role", held)
        return self.masters[await self.holder()]

    async def publishes(self, name: str, text: str) -> None:
        """Change an object and wait until it says that it is published."""
        await self.cluster.apply("StateTree", name, tree(name, text))
        await self.cluster.becomes("StateTree", name, "Published")


def tree(name: str, text: str = "test.nop") -> Json:
    return {"files": {f"states/{name}.zy": f"{name}: {text}\n"}}


@pytest.fixture
async def pair(cluster: Mirrored, tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_masters(cluster, tmp_path) as made:
        yield made


@asynccontextmanager
async def two_masters(cluster: Mirrored, folder: Path) -> AsyncIterator[Pair]:
    """Start a realm of their own with both."""
    site = make_site(folder / "site")
    publisher = folder / "mirror"
    issue(site.realm, [Wish("base", Tier.PUBLISHER, f"kube/{CLUSTER}", publisher)])
    settings = {
        "kube_cluster": CLUSTER,
        "kube_trust": str(publisher),
        "kubeconfig": str(cluster.api.kubeconfig(cluster.user)),
    }
    async with site.server, site.connect() as bus:
        await provision(bus)
        with masters(site.master, folder, "one", "two", **settings) as made:
            yield Pair(cluster, bus, {each.name: each for each in made})
            assert not [each.name for each in made if "Traceback" in each.log()]


async def test_the_other_one_goes_on_when_the_leader_is_killed(pair: Pair) -> None:
    leader = await pair.leader()
    await pair.publishes("web", "test.nop")
    for number in range(20):
        await pair.cluster.apply("StateTree", f"t{number}", tree(f"t{number}"))
    leader.kill()
    await pair.cluster.delete("StateTree", "t0")
    await pair.leader(other_than=leader.name)
    await pair.publishes("web", "test.nop # new")
    await pair.cluster.gone("StateTree", "t0")
    for number in range(1, 20):
        await pair.cluster.becomes("StateTree", f"t{number}", "Published")


async def test_a_leader_that_was_frozen_does_no_harm_when_it_wakes(pair: Pair) -> None:
    leader = await pair.leader()
    await pair.publishes("web", "test.nop")
    with frozen(leader):
        await pair.leader(other_than=leader.name)
        await pair.publishes("web", "test.nop # while it slept")
        await pair.cluster.apply("StateTree", "more", tree("more"))
        await pair.cluster.becomes("StateTree", "more", "Published")
        await pair.cluster.delete("StateTree", "more")
        await pair.cluster.gone("StateTree", "more")
    await pair.publishes("web", "test.nop # awake")
    holder = await pair.holder()
    assert holder != leader.name, "the role stays where it is"
    assert (await pair.cluster.get("StateTree", "more")).code == 404


@contextmanager
def frozen(master: MasterProcess) -> Iterator[None]:
    """Stop a process between two instructions."""
    os.kill(master.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(master.pid, signal.SIGCONT)
