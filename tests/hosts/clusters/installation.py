"""An installation on several servers: its realm, its nats-servers, masters and peels."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import anyio

from hosts.clusters.switch import Switch
from hosts.network import Namespace
from hosts.realm import FoundedRealm
from support.dev import until
from support.machines.host import ManagedHost
from zester.bus.buckets import BUCKETS, STREAMS
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.folder_login import FolderLogin
from zester.bus.server.embedded import find_server
from zester.resources.nodes.report import RunReport
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.tiers import Tier

T = TypeVar("T")

OFFICE = "10.231.5.10"
SERVERS = ("10.231.5.1", "10.231.5.2", "10.231.5.3")
LEAF, LEAF_SITE = "10.231.5.20", "10.231.6.1"
TOP = "base:\n  '*':\n    - all\n"


class Installation:
    """Servers in a network each; people and the master in ``office``.

    ``stack`` ends everything in the right order.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.hub = Switch("hub")
        stack.callback(self.hub.remove)
        self.office = self.network("office")
        self.hub.join(self.office, OFFICE)
        self.realm = FoundedRealm(folder)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.networks: dict[str, Namespace] = {}
        self.tree = folder / "tree"
        (self.tree / "states").mkdir(parents=True)
        (self.tree / "states/top.zy").write_text(TOP)
        secret = folder / "passphrase"
        secret.touch(mode=0o600)
        secret.write_text("correct horse battery staple\n")

    def network(self, name: str) -> Namespace:
        """Make a network; it goes with the installation."""
        made = Namespace(name)
        self.stack.callback(made.remove)
        return made

    def init(self, *hosts: str, clusters: Sequence[str] = ()) -> None:
        """Make the realm of a cluster of these hosts (or several), each in its own network."""
        named = clusters or (",".join(hosts),)
        flags = [word for each in named for word in ("--cluster", each)]
        self.zester("trust", "init", str(self.realm.trust), *flags)
        for host in hosts:
            self.networks[host] = self.network(f"nats-{host.rpartition('.')[2]}")
            self.hub.join(self.networks[host], host)

    def start_server(self, host: str, folder: str | None = None) -> None:
        """Start a server with the configuration that was made for it."""
        place = self.realm.trust / (folder or f"servers/{host.replace('.', '-')}")
        command = (find_server(), "-c", str(place / "nats-server.conf"))
        self.start(host, self.networks[host], *command)

    def start(self, name: str, network: Namespace, *argv: str) -> None:
        """Start a process of the installation; a test may end it before."""
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*network.entering, *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.realm.environment,
            )
        self.processes[name] = process
        self.stack.callback(self.kill, name, process)

    def kill(self, name: str, process: subprocess.Popen[bytes] | None = None) -> None:
        """End a process as a crash would; fine when it has ended."""
        victim = process or self.processes[name]
        if victim.poll() is None:
            victim.kill()
        victim.wait()

    def start_master(self) -> None:
        """Start the master; return when the buckets are there."""
        trust = str(self.realm.trust / "masters" / "base")
        module = (sys.executable, "-m", "zester_controller.main")
        self.start("master", self.office, *module, "run", "--trust", trust)
        until("the buckets are made", self.ready, 60)

    def ready(self) -> bool:
        """Return whether the master has made everything."""
        with self.office.inside():
            return anyio.run(_ready)

    def zester(self, *args: str, code: int = 0) -> str:
        """Run the command line in the office; check its exit code, return what it said."""
        done = self.run(*args)
        said = f"{args} ended with {done.returncode}: {done.stdout}{done.stderr}"
        assert done.returncode == code, said
        return done.stdout

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run the command line in the office."""
        return subprocess.run(
            [*self.office.entering, sys.executable, "-m", "zester.cli.main", *args],
            env=self.realm.environment,
            capture_output=True,
            text=True,
            timeout=150,
        )

    def peel(self, name: str, network: Namespace, url: str) -> ManagedHost:
        """Enrol a machine at one of the servers and start its peel."""
        word = self.zester("enroll", "token", "create")
        made = ManagedHost(
            self.folder / name,
            url,
            name=name,
            entering=network.entering,
            inside=network.inside,
        )
        place = ("--id", name, "--state-dir", str(made.state), "--timeout", "30")
        self.realm.command(
            *("zester_peel.main", "enroll", "--token", "-", "--url", url, *place),
            network=network,
            word=word,
        )
        self.stack.callback(made.stop)
        made.start()
        return made

    def push(self, states: str, *more: str) -> None:
        """Push a tree with one state file for all peels."""
        (self.tree / "states/all.zy").write_text(states)
        self.zester("push", str(self.tree), *more)

    def status(self) -> dict[str, dict[str, Any]]:
        """Return what ``zester status`` says, by peel."""
        found = json.loads(self.zester("status", "-o", "json"))
        return {peel["peel"]: peel for peel in found}

    def command(self, *args: str) -> tuple[int, Any]:
        """Run a command on peels; return its exit code and what it said, from JSON."""
        done = self.run(*args, "-o", "json")
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    def ask(self, work: Callable[[Bus], Awaitable[T]]) -> T:
        """Do something as the master, over a connection of its own."""
        folder = ClientFolder.open(self.realm.trust / "masters" / "base")

        async def connected() -> T:
            url = folder.context.url
            login = FolderLogin(folder, Tier.MASTER)
            async with open_bus(url, name="test", login=login, timeout=30) as bus:
                return await work(bus)

        with self.office.inside():
            return anyio.run(connected)

    def streams(self) -> Mapping[str, dict[str, Any]]:
        """Return what the hub says of each stream."""
        names = [each.stream for each in BUCKETS] + [each.name for each in STREAMS]

        async def work(bus: Bus) -> dict[str, dict[str, Any]]:
            found = {}
            for name in names:
                answer = await bus.request(f"$JS.API.STREAM.INFO.{name}")
                found[name] = json.loads(answer.data)
            return found

        return self.ask(work)

    def told(self, subject: str, stream: str) -> list[bytes]:
        """Return everything that a stream of the hub holds under a subject."""
        body = json.dumps({"next_by_subj": subject, "seq": 1, "batch": 1000}).encode()

        async def work(bus: Bus) -> list[bytes]:
            answers = bus.stream(f"$JS.API.DIRECT.GET.{stream}", body)
            return [answer.data async for answer in answers if answer.status is None]

        return self.ask(work)

    def report_numbers(self, name: str) -> list[int]:
        """Return the numbers of all run reports of a peel, in the order of the stream."""
        found = self.told(f"zester.event.{name}.run", "EVENTS")
        return [RunReport.decode(data).number for data in found]


async def _ready() -> bool:
    try:
        with anyio.fail_after(1):
            async with await anyio.connect_tcp("127.0.0.1", 9091) as stream:
                await stream.send(b"GET /readyz HTTP/1.0\r\n\r\n")
                return b" 200 " in await stream.receive()
    except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
        return False
