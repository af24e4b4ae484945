"""A service of a host to look after, and waiting for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from hosts.systemd.machine import Machine
from support.dev import until

DEMO = """[Unit]
Description=Demo
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
"""
COUNTED = DEMO.replace(
    "/bin/sleep infinity", "/bin/sh -c 'echo start >>/var/lib/starts; exec sleep infinity'"
)
"""The same, but its starts are lines of a file."""


def shown(machine: Machine, key: str, unit: str = "demo.service") -> str:
    argv = ("systemctl", "show", f"--property={key}", "--value", "--", unit)
    return machine.run(*argv).stdout.strip()


def soon(what: str, condition: Callable[[], bool]) -> float:
    """Wait for something; return how long it took."""
    begun = time.perf_counter()
    until(what, condition)
    return time.perf_counter() - begun


def running(machine: Machine) -> bool:
    return shown(machine, "ActiveState") == "active"


def starts(machine: Machine) -> int:
    """Return how often a counted service was started."""
    file = machine.path("/var/lib/starts")
    return len(file.read_text().splitlines()) if file.exists() else 0
