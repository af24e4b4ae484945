"""Network namespaces, and the links between two of them."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000


class Namespace:
    """One network namespace with its loopback up."""

    def __init__(self, name: str) -> None:
        self.name = name
        run("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")

    @property
    def entering(self) -> tuple[str, ...]:
        """What starts a command inside when put before it; keeps the process id."""
        return ("nsenter", f"--net=/run/netns/{self.name}", "--")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Take this thread inside: sockets made meanwhile belong there."""
        with Path("/proc/thread-self/ns/net").open() as home:
            with Path(f"/run/netns/{self.name}").open() as there:
                _enter(there.fileno())
            try:
                yield
            finally:
                _enter(home.fileno())

    def ip(self, *argv: str) -> None:
        run("ip", "-n", self.name, *argv)

    def address(self, device: str, address: str) -> None:
        """Give a device its address and set it up."""
        self.ip("address", "add", address, "dev", device)
        self.ip("link", "set", device, "up")

    def remove(self) -> None:
        run("ip", "netns", "delete", self.name)


class Link:
    """A cable between two namespaces; ``one`` has 10.231.0.1, ``other`` 10.231.0.2."""

    NEAR, FAR = "10.231.0.1", "10.231.0.2"

    def __init__(self, one: Namespace, other: Namespace) -> None:
        self._one = one
        one.ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", other.name)
        one.address("near", f"{self.NEAR}/30")
        other.address("far", f"{self.FAR}/30")

    def cut(self) -> None:
        """Drop everything from now on: nobody is told, no connection is reset."""
        self._one.ip("link", "set", "near", "down")

    def heal(self) -> None:
        self._one.ip("link", "set", "near", "up")


def run(*argv: str) -> str:
    """Run a command; a failure tells what it said."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr.strip()}"
    return done.stdout


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
