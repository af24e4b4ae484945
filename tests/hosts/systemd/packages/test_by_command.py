"""Packages and services by command: an operator, a master's bus, a real Debian with systemd."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hosts.site import Site
from hosts.systemd.following import follow, watched
from hosts.systemd.machine import Machine
from hosts.systemd.packages.repository import Repository
from hosts.systemd.services.demo import DEMO, running, shown

NAME = "web-01"
SERVICES = """
demo:
  pkg.installed: []
  service.running:
    - require: [pkg: demo]
at-boot:
  service.enabled:
    - name: demo
    - require: [service: demo]
"""


@pytest.fixture
def repository(machine: Machine, tmp_path: Path) -> Repository:
    made = Repository(machine, tmp_path / "packages")
    made.add("demo", "1", unit=DEMO)
    made.add("tool", "1.0")
    made.configure()
    return made


@pytest.fixture
def peel(machine: Machine, site: Site, repository: Repository) -> Iterator[Machine]:
    """A host with a repository of its own, whose peel follows the site."""
    follow(machine, site, "lease_ttl: 5\n")
    yield from watched(machine)


def ask(site: Site, *words: str, code: int = 0) -> dict[str, dict[str, Any]]:
    """Give the peel a command that applies states; return their results by id."""
    done = site.zester(NAME, *words, "-o", "json", code=code)
    (found,) = json.loads(done.stdout)
    return {entry["__id__"]: entry for entry in found["value"].values()}


def version(machine: Machine, name: str) -> str:
    form = "${db:Status-Status} ${Version}"
    said = machine.run("dpkg-query", "-W", "-f", form, name, check=False).stdout
    state, _, found = said.partition(" ")
    return found if state == "installed" else ""


def test_a_service_comes_from_a_package_and_is_stopped(peel: Machine, site: Site) -> None:
    site.push("all:\n  test.nop\n", {"services.zy": SERVICES})
    results = ask(site, "state.apply", "services")
    assert all(entry["result"] is True for entry in results.values()), results
    assert (version(peel, "demo"), running(peel)) == ("1", True)
    assert shown(peel, "UnitFileState") == "enabled"
    again = ask(site, "state.apply", "services")
    assert not any(entry["changes"] for entry in again.values())

    dead = ask(site, "state.single", "service.dead", "name=demo")["demo"]
    assert (dead["result"], running(peel)) == (True, False)
    assert ask(site, "state.single", "service.dead", "name=demo")["demo"]["changes"] == {}


def test_a_package_is_removed_once_and_not_missed_twice(peel: Machine, site: Site) -> None:
    ask(site, "state.single", "pkg.installed", "name=tool")
    assert version(peel, "tool") == "1.0"
    for changes in ({"tool": {"old": "1.0", "new": ""}}, {}):
        removed = ask(site, "state.single", "pkg.removed", "name=tool")["tool"]
        assert (removed["result"], removed["changes"]) == (True, changes)
    assert not version(peel, "tool")


def test_the_newest_is_what_the_repository_has_now(
    peel: Machine, site: Site, repository: Repository
) -> None:
    ask(site, "state.single", "pkg.installed", "name=tool")
    repository.add("tool", "1.1")  # nobody has run apt-get update since
    result = ask(site, "state.single", "pkg.latest", "name=tool")["tool"]
    assert result["changes"] == {"tool": {"old": "1.0", "new": "1.1"}}
    assert version(peel, "tool") == "1.1"
