"""Samples for `make bench`, which runs this file: 2,000 objects at once, 500 updates of one.

Not a test: budgets are judged where the samples are read. ``ZESTER_BENCH_SAMPLES`` names the file
they go to. The master and the API server are processes of their own: each is measured alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import pytest

from support.kubernetes.client import Client
from support.kubernetes.objects.json_value import Json
from support.masters import MasterProcess, masters
from support.realm_folder import make_site
from zester.bus.link.connection import Bus
from zester.bus.server.provision import provision
from zester.resources.kubernetes.names import API_VERSION
from zester.trees.fetch import manifest_from_bus, read_file
from zester.trees.heads import Heads
from zester.trust.disk.issuing import Wish, issue
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
OBJECTS = int(os.environ.get("ZESTER_BENCH_OBJECTS", "2000"))
UPDATES = 500
SPACE = "web"
TREES = f"/apis/{API_VERSION}/namespaces/{SPACE}/statetrees"
LIMIT = 240.0


def sample(name: str, value: float) -> None:
    """Write down a value under a name."""
    with Path(os.environ["ZESTER_BENCH_SAMPLES"]).open("a") as file:
        file.write(json.dumps([name, value]) + "\n")


def stolen() -> float:
    """Return how many seconds of all processors together went to other machines of their host."""
    fields = Path("/proc/stat").read_text().split(maxsplit=9)
    return int(fields[8]) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that is measured."""

    pid: int

    def cpu(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self, which: str = "VmRSS") -> float:
        """Return MiB; ``VmHWM`` is the most it ever was."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) / 1024
        raise ValueError(f"no {which} for {self.pid}")


@dataclass(frozen=True, slots=True)
class Scene:
    """A cluster and a master that mirrors it, which has seen its first object already."""

    kube: Client
    server: subprocess.Popen[str]
    master: MasterProcess
    folder: Path
    bus: Bus
    verifier: Verifier

    @property
    def mirror(self) -> Process:
        return Process(self.master.pid)

    @property
    def double(self) -> Process:
        return Process(self.server.pid)

    def add(self, *documents: Json) -> None:
        """Make objects that are there all at once."""
        manifest = self.folder / f"{len(list(self.folder.iterdir()))}.yaml"
        manifest.write_text("---\n".join(json.dumps(each) + "\n" for each in documents))
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(f"{manifest}\n")
        self.server.stdin.flush()
        assert self.server.stdout.readline().strip() == str(manifest)

    async def until_ready(self, *names: str) -> float:
        """Wait until each of these objects says that it is published as it is; return when.

        When is ``perf_counter`` as the list was asked for that shows it: to write and read one of
        thousands of objects takes a while that is not the mirror's.
        """
        with anyio.fail_after(LIMIT):
            while True:
                last = (await self.kube.get(f"{TREES}/{names[-1]}")).body
                if not _ready(last):  # a list of all is dear
                    await anyio.sleep(0.1)
                    continue
                asked = time.perf_counter()
                items = (await self.kube.get(TREES)).body["items"]
                found = {each["metadata"]["name"] for each in items if _ready(each)}
                if found >= set(names):
                    return asked
                await anyio.sleep(0.25)

    async def revision(self, name: str) -> int:
        """Return the revision that an object is in."""
        return int((await self.kube.get(f"{TREES}/{name}")).body["status"]["publishedRevision"])

    async def check_last(self, name: str, number: int) -> None:
        """What peels follow is the last update."""
        head = await Heads(self.bus, self.verifier).get("base", f"kube/prod/{SPACE}")
        assert head is not None
        entry = (await manifest_from_bus(self.bus, head.value)).files[f"states/{name}.zy"]
        text = b"".join([part async for part in read_file(self.bus, entry)])
        assert text == f"{name}: test.nop # {number}\n".encode()

    async def check_annotations(self) -> None:
        """Nobody wrote any."""
        items = (await self.kube.get(TREES)).body["items"]
        assert not any(each["metadata"].get("annotations") for each in items)


async def measure_many_objects(tmp_path: Path) -> None:
    async with scene(tmp_path) as made:
        sample("empty, memory", made.mirror.memory())
        names = [f"t{number:04d}" for number in range(OBJECTS)]
        made.add(*(tree(name) for name in names))
        before = stolen()
        start, cpu, served = time.perf_counter(), made.mirror.cpu(), made.double.cpu()
        sample("seconds", await made.until_ready(*names) - start)
        sample("processor of the API server", made.double.cpu() - served)
        sample("stolen", stolen() - before)
        await anyio.sleep(5)
        sample("processor", made.mirror.cpu() - cpu)
        sample("memory", made.mirror.memory())
        first = await made.revision(names[0])
        for number in range(1, UPDATES + 1):
            answer = await made.kube.merge(f"{TREES}/{names[0]}", tree(names[0], number))
            assert answer.code == 200
        start = time.perf_counter()
        sample("last update", await made.until_ready(names[0]) - start)
        sample("revisions", await made.revision(names[0]) - first)
        await made.check_last(names[0], UPDATES)
        await made.check_annotations()
        sample("most memory", made.mirror.memory("VmHWM"))


def tree(name: str, number: int = 0) -> Json:
    """Return a StateTree."""
    return {
        "apiVersion": API_VERSION,
        "kind": "StateTree",
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"files": {f"states/{name}.zy": f"{name}: test.nop # {number}\n"}},
    }


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    """Start a nats-server, a cluster and a master; end them."""
    site = make_site(folder / "site")
    publisher = folder / "publisher"
    issue(site.realm, [Wish("base", Tier.PUBLISHER, "kube/prod", publisher)])
    (folder / "manifests").mkdir()
    with _server(folder / "api") as (server, kubeconfig):
        async with site.server, site.connect() as bus, Client.of(kubeconfig) as kube:
            await provision(bus)
            settings = {
                "kube_cluster": "prod",
                "kube_trust": str(publisher),
                "kubeconfig": str(kubeconfig),
            }
            with masters(site.master, folder, "one", **settings) as (master,):
                made = Scene(
                    *(kube, server, master, folder / "manifests"),
                    *(bus, site.realm.realm.verifier("base")),
                )
                space: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
                made.add(space, tree("first"))
                await made.until_ready("first")
                yield made


@contextmanager
def _server(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    folder.mkdir()
    crds = sorted(str(path) for path in (ROOT / "crds").glob("*.yaml"))
    with subprocess.Popen(
        [sys.executable, "-m", "support.kubernetes", str(folder), *crds, "-"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            yield server, Path(server.stdout.readline().strip())
        finally:
            server.terminate()


def _ready(body: Json) -> bool:
    status = body.get("status", {})
    said = {each["type"]: each["status"] for each in status.get("conditions", ())}
    seen = status.get("observedGeneration") == body["metadata"]["generation"]
    return seen and said.get("Ready") == "True"
