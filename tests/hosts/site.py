"""What the hosts are managed from: a nats-server, a master, the command line, a tree to push."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import anyio

from hosts.network import Namespace
from hosts.realm import PORT, SERVER, FoundedRealm
from support.dev import until
from zester.bus.fleet import read_fleet
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.folder_login import FolderLogin
from zester.bus.server.embedded import find_server
from zester.cli.console.context import Context
from zester.errors import BusUnavailable
from zester.resources.nodes.report import RunReport
from zester.trees.build import build_tree
from zester.trees.publish import Destination, publish_tree
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.tiers import Tier

TOP = "base:\n  '*':\n    - all\n"

T = TypeVar("T")


class Site:
    """Runs in a network namespace with a copy of a realm; hosts reach it at ``address``."""

    def __init__(
        self,
        folder: Path,
        namespace: Namespace,
        founded: FoundedRealm,
        address: str = "127.0.0.1",
    ) -> None:
        self._folder = folder
        self._namespace = namespace
        self.realm = founded.copy(folder / "realm")
        self.url = f"tls://{address}:{PORT}"
        self.tree = folder / "tree"
        self._processes: list[subprocess.Popen[bytes]] = []
        (self.tree / "states").mkdir(parents=True)
        (self.tree / "states/top.zy").write_text(TOP)

    def start(self) -> None:
        """Start server and master; return when the buckets are there."""
        self._start("nats", find_server(), "-c", str(SERVER / "nats-server.conf"))
        trust = str(self.realm.trust / "masters" / "base")
        self._start("master", *_module("zester_controller.main"), "run", "--trust", trust)
        until("the buckets are made", self._ready)

    def stop(self) -> None:
        """End master and server."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def zester(self, *args: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run the command line and check its exit code; None is any."""
        done = subprocess.run(
            [*self._namespace.entering, *_module("zester.cli.main"), *args],
            env=self.realm.environment,
            capture_output=True,
            text=True,
            timeout=110,
        )
        said = f"{args} ended with {done.returncode}: {done.stdout}{done.stderr}"
        assert code in (None, done.returncode), said
        return done

    def write(self, states: str, files: Mapping[str, str | bytes] | None = None) -> None:
        """Make the tree hold one state file for all peels, and other files below ``states``."""
        for name, content in {"all.zy": states, **(files or {})}.items():
            path = self.tree / "states" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def push(
        self, states: str, files: Mapping[str, str | bytes] | None = None, *, code: int | None = 0
    ) -> str:
        """Push such a tree, wait for every peel, check the exit code; return what was said."""
        self.write(states, files)
        done = self.zester("push", str(self.tree), "--wait", "--timeout", "100", code=code)
        return done.stdout + done.stderr

    def publish(self) -> int:
        """Push the tree without waiting for any peel; return the revision."""

        async def work(bus: Bus) -> int:
            return await self.publish_over(bus)

        return self.ask(work, Tier.PUBLISHER)

    async def publish_over(self, bus: Bus) -> int:
        """Push the tree over a connection that is there; return the revision."""
        context = self._context
        by = context.authority(await context.verifier(bus))
        done = await publish_tree(bus, build_tree(self.tree), Destination("base", "cli"), by)
        return done.head.revision

    def wait_for(self, name: str = "web-01") -> None:
        """Return when a peel has reported for the first time."""

        async def work(bus: Bus) -> None:
            with anyio.fail_after(30):
                while True:
                    with suppress(BusUnavailable):
                        view = (await read_fleet(bus, "base")).get(name)
                        if view is not None and view.status is not None:
                            return
                    await anyio.sleep(0.05)

        self.ask(work)

    def peel(self, name: str = "web-01") -> dict[str, Any]:
        """Return what ``zester status`` says about a peel."""
        found = json.loads(self.zester("status", name, "-o", "json").stdout)
        assert len(found) == 1, found
        return dict(found[0])

    def failure(self, name: str = "web-01") -> str:
        """Return the comment of the first failed state of a peel, empty without one."""
        status = self.peel(name)["status"]
        return str(status["failures"][0]["comment"]) if status["failures"] else ""

    def ask(self, work: Callable[[Bus], Awaitable[T]], tier: Tier = Tier.MASTER) -> T:
        """Do something with a connection of its own, as the master or as somebody else."""
        place = "masters" if tier is Tier.MASTER else "clients"
        folder = ClientFolder.open(self.realm.trust / place / "base")

        async def connected() -> T:
            url = folder.context.url
            async with open_bus(url, name="test", login=FolderLogin(folder, tier)) as bus:
                return await work(bus)

        with self._namespace.inside():
            return anyio.run(connected)

    def report_numbers(self, name: str = "web-01") -> list[int]:
        """Return the numbers of all run reports of a peel, in the order of the stream."""
        body = f'{{"next_by_subj": "zester.event.{name}.run", "seq": 1, "batch": 1000}}'.encode()

        async def work(bus: Bus) -> list[int]:
            answers = bus.stream("$JS.API.DIRECT.GET.EVENTS", body)
            return [
                RunReport.decode(answer.data).number
                async for answer in answers
                if answer.status is None
            ]

        return self.ask(work)

    def consumers(self) -> int:
        """Return how many JetStream consumers there are on the server."""

        async def work(bus: Bus) -> int:
            return int(json.loads((await bus.request("$JS.API.INFO")).data)["consumers"])

        return self.ask(work)

    @property
    def _context(self) -> Context:
        return Context(None, str(self.realm.trust / "clients" / "base"), "base")

    def _start(self, name: str, *argv: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    [*self._namespace.entering, *argv],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )

    def _ready(self) -> bool:
        for process in self._processes:
            assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        with self._namespace.inside():
            return anyio.run(_master_is_ready)


async def _master_is_ready() -> bool:
    try:
        with anyio.fail_after(1):
            async with await anyio.connect_tcp("127.0.0.1", 9091) as stream:
                await stream.send(b"GET /readyz HTTP/1.0\r\n\r\n")
                return b" 200 " in await stream.receive()
    except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
        return False


def _module(name: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name)
