"""A host with systemd as its first process, in a container of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

from hosts.network import Namespace, run

BOOT = 30.0
STOP = 20.0
PEEL = """#!/bin/sh
PYTHONPATH=/opt/zester/code:/opt/zester/needs exec python3 -m zester_peel.main "$@"
"""


class Machine:
    """One Debian host, booted from layers that ``rootfs`` made; what it writes is thrown away.

    ``network`` is the namespace it lives in, so it shares the loopback with a site there.
    ``manager`` is the layer with other package managers it has: ``dnf`` or ``zypper``.
    """

    def __init__(
        self, folder: Path, name: str, network: Namespace, *, manager: str | None = None
    ) -> None:
        self.name = name
        self._folder = folder
        self._network = network
        layers = os.environ["ZESTER_HOSTS_LAYERS"].split(":")
        self._debian, self._needs, self._code, managers = layers
        self._lower = f"{managers}/{manager}/upper:{self._debian}" if manager else self._debian
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    @property
    def root(self) -> Path:
        """Where its files are, seen from outside."""
        return self._folder / "root"

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def make(self) -> None:
        """Lay the file system out, without booting."""
        self.root.mkdir(parents=True)
        store = self._folder / "store"
        store.mkdir()
        run("mount", "-t", "tmpfs", "-o", "size=1500m,mode=0755", "tmpfs", str(store))
        (store / "upper").mkdir()
        (store / "work").mkdir()
        layers = f"lowerdir={self._lower},upperdir={store}/upper,workdir={store}/work"
        run("mount", "-t", "overlay", "-o", layers, "overlay", str(self.root))
        self.path("/usr/bin/zester-peel").write_text(PEEL)
        self.path("/usr/bin/zester-peel").chmod(0o755)
        self.path("/etc/hostname").write_text(f"{self.name}\n")
        unit = Path(__file__).parents[3] / "peel" / "zester-peel.service"
        self.path("/etc/systemd/system/zester-peel.service").write_text(unit.read_text())

    def boot(self) -> None:
        """Start it and wait until systemd says that it is up."""
        with (self._folder / "console").open("wb") as console:
            self._process = self._start(console)
        deadline = time.monotonic() + BOOT
        state = "not started"
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"{self.name} did not boot: {self.console()}"
            self._leader = _child(self._process.pid)
            if self._leader:
                state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
                if state in ("running", "degraded"):
                    return
            time.sleep(0.1)
        raise AssertionError(f"{self.name} is {state!r} after {BOOT:g} s: {self.console()}")

    def _start(self, console: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            (
                *("systemd-nspawn", "--quiet", "--keep-unit", "--register=no", "--boot"),
                *("-D", str(self.root), "-M", self.name, "--console=pipe"),
                f"--network-namespace-path=/run/netns/{self._network.name}",
                f"--bind-ro={self._needs}:/opt/zester/needs",
                f"--bind-ro={self._code}:/opt/zester/code",
                "--capability=CAP_NET_ADMIN",
            ),
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=subprocess.STDOUT,
            # The network is its own, so its part of /proc/sys may be changed from inside.
            env={**os.environ, "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"},
        )

    def run(
        self, *argv: str, check: bool = True, timeout: float = 60, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside; with ``check`` a failure tells what it said."""
        done = subprocess.run(
            ("nsenter", "-t", str(self._leader), "-a", "--", *argv),
            capture_output=True,
            text=True,
            timeout=timeout,
            input=text,
            env={
                "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL": "C.UTF-8",
            },
        )
        if check:
            said = f"{done.stdout[-2000:]}{done.stderr[-2000:]}".strip()
            assert done.returncode == 0, f"{' '.join(argv)} ended with {done.returncode}: {said}"
        return done

    def console(self) -> str:
        """What was written to its console."""
        with contextlib.suppress(OSError):
            return (self._folder / "console").read_text(errors="replace")[-3000:]
        return ""

    def stop(self) -> None:
        """End it and give its mounts back; always works."""
        self.cut()
        for place in (self.root, self._folder / "store"):
            subprocess.run(("umount", "--lazy", str(place)), capture_output=True, check=False)

    @property
    def leader(self) -> int:
        """Its first process, seen from outside."""
        return self._leader

    def cut(self) -> None:
        """Stop it hard, as a power cut would; it can boot again from what it wrote."""
        if self._process is None:
            return
        if self._leader:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._leader, signal.SIGKILL)
        self._process.terminate()
        try:
            self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP)
        self._process, self._leader = None, 0


def _child(pid: int) -> int:
    """The first process of the container: nspawn's only child's child, or its child."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for child in children:
        with contextlib.suppress(OSError):
            if Path(f"/proc/{child}/comm").read_text().strip() in ("systemd", "init"):
                return int(child)
            deeper = _child(int(child))
            if deeper:
                return deeper
    return 0
