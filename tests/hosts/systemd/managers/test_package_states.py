"""Package states through real dnf, zypper and pacman."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hosts.systemd.applying import apply, settles
from hosts.systemd.machine import Machine

NAMES = pytest.mark.parametrize("name", ["dnf", "zypper", "pacman"])
RPM = pytest.mark.parametrize("name", ["dnf", "zypper"])


def state(function: str, *args: dict[str, Any], id: str = "tool") -> str:
    return json.dumps({id: {function: list(args)}})


def version(machine: Machine, name: str) -> str:
    """Return what the manager's own tools say is installed, empty for nothing."""
    if machine.path("/usr/bin/dnf").exists() or machine.path("/usr/bin/zypper").exists():
        argv = ("rpm", "-q", "--qf", "%{version}", "--", name)
        done = machine.run(*argv, check=False)
        return done.stdout if done.returncode == 0 else ""
    done = machine.run("pacman", "-Q", "--", name, check=False)
    return done.stdout.strip().rpartition(" ")[2] if done.returncode == 0 else ""


@NAMES
def test_a_package_comes_with_what_it_needs_and_goes(name: str, foreign: Machine) -> None:
    came = settles(foreign, state("pkg.installed", {"refresh": True}, id="plain"))["plain"]
    assert list(came["changes"]) == ["plain"], "what it needs is in the comment"
    assert "helper" in came["comment"]
    assert version(foreign, "plain").startswith("3")
    assert version(foreign, "helper")

    gone = settles(foreign, state("pkg.removed", id="plain"))["plain"]
    assert gone["changes"]["plain"]["new"] == ""
    assert version(foreign, "plain") == ""
    refused = apply(foreign, state("pkg.installed", id="nope"))["nope"]
    assert refused["result"] is False
    assert "nope" in refused["comment"]


@NAMES
def test_several_packages_and_the_newest(name: str, foreign: Machine) -> None:
    settles(foreign, state("pkg.installed", {"pkgs": ["tool", "helper"]}, {"refresh": True}))
    assert version(foreign, "tool").startswith("2.0")
    apply(foreign, state("pkg.purged"))
    assert version(foreign, "tool") == ""


@RPM
def test_versions_go_up_and_down(name: str, foreign: Machine) -> None:
    for wanted, given in {"1.5-1": "1.5", "<1.5": "1.0"}.items():
        apply(foreign, state("pkg.installed", {"version": wanted}))
        assert version(foreign, "tool") == given, wanted
    up = settles(foreign, state("pkg.latest"))["tool"]
    assert up["changes"]["tool"]["new"].startswith("2.0")


@RPM
def test_what_is_held_stays(name: str, foreign: Machine) -> None:
    apply(foreign, state("pkg.installed", {"version": "1.0-1"}, {"hold": True}))
    kept = apply(foreign, state("pkg.uptodate", id="all"))["all"]
    assert (kept["result"], kept["changes"]) == (True, {})
    assert version(foreign, "tool") == "1.0"
    apply(foreign, state("pkg.unheld"))
    apply(foreign, state("pkg.uptodate", id="all"))
    assert version(foreign, "tool") == "2.0"


@RPM
def test_files_are_installed_and_what_was_altered_comes_back(name: str, foreign: Machine) -> None:
    file = "/srv/rpms/noarch/tool-1.5-1.noarch.rpm"
    sources = ({"sources": [{"tool": file}]}, {"skip_verify": True})
    settles(foreign, state("pkg.installed", *sources))
    assert version(foreign, "tool") == "1.5"
    foreign.run("sh", "-c", "echo more >>/usr/share/tool/version")
    settles(foreign, state("pkg.installed", {"version": "1.5-1"}, {"pkg_verify": True}))
    assert foreign.run("cat", "/usr/share/tool/version").stdout == "1.5\n"


@RPM
def test_a_repository_is_added_and_used(name: str, foreign: Machine) -> None:
    folder = "/etc/zypp/repos.d" if name == "zypper" else "/etc/yum.repos.d"
    foreign.path(f"{folder}/tests.repo").unlink()
    args = ({"baseurl": "file:///srv/rpms"}, {"gpgcheck": 0}, {"humanname": "Ours"})
    assert apply(foreign, state("pkg.installed"))["tool"]["result"] is False
    settles(foreign, state("pkgrepo.managed", *args, id="ours"))
    apply(foreign, state("pkg.installed"))
    assert version(foreign, "tool") == "2.0"
    apply(foreign, state("pkgrepo.absent", id="ours"))
    assert not foreign.path(f"{folder}/ours.repo").exists()
