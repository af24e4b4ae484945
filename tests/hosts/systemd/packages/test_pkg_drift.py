"""Packages that somebody else removes, on a host whose peel runs as a service."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosts.conftest import Figure
from hosts.site import Site
from hosts.systemd.following import follow, watched
from hosts.systemd.machine import Machine
from hosts.systemd.packages.repository import Repository
from support.dev import until

PEEL = """probe: 127.0.0.1:9090
lease_ttl: 5
poll_interval: 0.5
contested_after: 9
"""


@pytest.fixture
def peel(machine: Machine, site: Site, tmp_path: Path) -> Iterator[Machine]:
    """A host with a repository of its own, whose peel follows the site."""
    repository = Repository(machine, tmp_path / "packages")
    repository.add("tool", "1.0")
    repository.add("other", "1.0")
    repository.configure()
    follow(machine, site, PEEL)
    yield from watched(machine)


def installed(machine: Machine, name: str = "tool") -> bool:
    form = "${db:Status-Status}"
    done = machine.run("dpkg-query", "-W", "-f", form, name, check=False)
    return done.stdout == "installed"


def test_a_removed_package_comes_back(peel: Machine, site: Site, figure: Figure) -> None:
    site.push(json.dumps({"tool": {"pkg.installed": []}, "other": {"pkg.removed": []}}))
    assert installed(peel)

    took = []
    for _ in range(3):
        peel.run("apt-get", "-y", "-o", "DPkg::Lock::Timeout=30", "remove", "tool")
        begun = time.perf_counter()
        until("the package is back", lambda: installed(peel))
        took.append(time.perf_counter() - begun)
    figure(f"apt-get remove of a managed package → installed: {max(took):.2f} s at most of 3")
    assert max(took) <= 5

    peel.run("apt-get", "-y", "-o", "DPkg::Lock::Timeout=30", "install", "other")
    until("the unwanted package is gone", lambda: not installed(peel, "other"))
