"""Packages on a real Debian, from a repository of its own."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from hosts.systemd.machine import Machine
from hosts.systemd.packages.repository import Repository

Result = dict[str, Any]


class Site:
    """A machine, its repository and its tree of states."""

    def __init__(self, machine: Machine, repository: Repository) -> None:
        self.machine = machine
        self.repository = repository
        machine.path("/srv/tree").mkdir(parents=True)

    def apply(self, states: dict[str, Any], *, test: bool = False) -> dict[str, Result]:
        """Apply states in the form of an SLS; return the results by id."""
        text = yaml.safe_dump(states, sort_keys=False)
        self.machine.path("/srv/tree/it.sls").write_text(text)
        words = ("--test",) if test else ()
        done = self.machine.run(
            "zester-peel", "apply", "/srv/tree", "it", "-o", "json", *words, check=False
        )
        assert done.returncode in (0, 2), done.stderr
        found = json.loads(done.stdout)["local"]
        return {result["__id__"]: result for result in found.values()}

    def settles(self, states: dict[str, Any]) -> dict[str, Result]:
        """Apply; what test mode predicts happens, and a second time changes nothing."""
        predicted = self.apply(states, test=True)
        applied = self.apply(states)
        for name, result in applied.items():
            assert result["result"] is True, result
            assert result["changes"] == predicted[name]["changes"]
        again = self.apply(states)
        assert [result["changes"] for result in again.values()] == [{}] * len(again)
        assert all(result["result"] is True for result in again.values())
        return applied

    def version(self, name: str) -> str:
        """Return a package's version, empty when it is not installed."""
        form = "${db:Status-Status} ${Version}"
        said = self.machine.run("dpkg-query", "-W", "-f", form, name, check=False).stdout
        state, _, version = said.partition(" ")
        return version if state == "installed" else ""

    def calls(self) -> list[str]:
        """Return the commands that apt was given, from its history."""
        history = self.machine.path("/var/log/apt/history.log")
        if not history.exists():
            return []
        return re.findall(r"^Commandline: (.*)$", history.read_text(), re.MULTILINE)


@pytest.fixture
def site(machine: Machine, tmp_path: Path) -> Site:
    repository = Repository(machine, tmp_path / "packages")
    repository.add("tool", "1.0")
    repository.add("tool", "1.5-1")
    repository.add("tool", "2.0", conffile="fresh\n")
    repository.add("plain", "3", Depends="helper")
    repository.add("helper", "1:0.1")
    repository.configure()
    return Site(machine, repository)


def test_a_missing_package_is_installed_with_what_it_needs(site: Site) -> None:
    result = site.settles({"plain": {"pkg.installed": []}})["plain"]

    assert result["changes"] == {"plain": {"old": "", "new": "3"}}
    assert "helper 1:0.1" in result["comment"]
    assert site.version("plain") == "3"


def test_a_version_is_chosen(site: Site) -> None:
    for condition, version in {
        "1.0": "1.0",
        "1.*": "1.5-1",
        ">=1.0, <2.0": "1.5-1",
        "!=2.0": "1.5-1",
        ">1.5": "2.0",
        "latest": "2.0",
    }.items():
        site.settles({"tool": {"pkg.installed": [{"version": condition}]}})
        assert site.version("tool") == version, condition
        site.apply({"tool": {"pkg.purged": []}})
    refused = site.apply({"tool": {"pkg.installed": [{"version": ">=9"}]}})["tool"]
    assert (refused["result"], site.version("tool")) == (False, "")
    assert "there is 2.0, 1.5-1, 1.0" in refused["comment"]


def test_a_newer_version_is_put_back_and_an_older_one_brought_up(site: Site) -> None:
    site.settles({"tool": {"pkg.installed": [{"version": "2.0"}]}})
    down = site.settles({"tool": {"pkg.installed": [{"version": "1.0"}]}})["tool"]
    stays = site.settles({"tool": {"pkg.installed": [{"version": "0.5"}, {"allow_updates": True}]}})
    up = site.settles({"tool": {"pkg.latest": []}})["tool"]

    assert down["changes"] == {"tool": {"old": "2.0", "new": "1.0"}}
    assert stays["tool"]["changes"] == {}
    assert up["changes"] == {"tool": {"old": "1.0", "new": "2.0"}}


def test_packages_of_many_states_are_installed_with_one_call(site: Site) -> None:
    for number in range(30):
        site.repository.add(f"many{number}", "1")
    states: dict[str, Any] = {f"many{number}": {"pkg.installed": []} for number in range(30)}
    site.settles({**states, "motd": {"file.managed": [{"name": "/etc/motd"}, {"contents": "x"}]}})

    assert len(site.calls()) == 1
    assert all(site.version(f"many{number}") == "1" for number in range(30))


def test_one_bad_name_fails_alone(site: Site) -> None:
    names = ["tool", "plain", "no-such-package", "helper"]
    results = site.apply({name: {"pkg.installed": []} for name in names})

    assert {name: result["result"] for name, result in results.items()} == {
        "tool": True,
        "plain": True,
        "no-such-package": False,
        "helper": True,
    }
    assert "no repository of this machine" in results["no-such-package"]["comment"]
    assert site.version("tool") == "2.0"


def test_a_package_that_cannot_be_installed_fails_alone(site: Site) -> None:
    site.repository.add("broken", "1", Depends="nowhere")
    names = ["tool", "broken", "plain"]
    results = site.apply({name: {"pkg.installed": []} for name in names})

    assert [results[name]["result"] for name in names] == [True, False, True]
    assert "nowhere" in results["broken"]["comment"], site.machine.run(
        "apt-get", "-q", "-y", "install", "broken", check=False
    )


def test_lists_of_packages_and_holds(site: Site) -> None:
    several = [{"pkgs": ["plain", {"tool": "1.0"}]}, {"hold": True}]
    result = site.settles({"several": {"pkg.installed": several}})["several"]
    assert result["changes"]["tool"] == {"old": "install", "new": "1.0\nhold"}
    assert site.machine.run("apt-mark", "showhold").stdout.split() == ["plain", "tool"]

    refused = site.apply({"tool": {"pkg.latest": []}})["tool"]
    assert refused["result"] is False
    forced = site.apply({"tool": {"pkg.latest": [{"update_holds": True}]}})["tool"]
    assert (forced["result"], site.version("tool")) == (True, "2.0")

    site.settles({"plain": {"pkg.unheld": []}})
    assert site.machine.run("apt-mark", "showhold").stdout.split() == ["tool"]
    site.settles({"helper": {"pkg.held": [{"replace": True}]}})
    assert site.machine.run("apt-mark", "showhold").stdout.split() == ["helper"]
    site.settles({"any": {"pkg.unheld": [{"all": True}, {"pkgs": []}]}})
    assert not site.machine.run("apt-mark", "showhold").stdout.split()


def test_packages_from_files(site: Site) -> None:
    local = site.repository.add("local", "1")
    site.repository.add("carried", "4")
    carried = site.machine.path("/srv/repo/carried_4.deb").read_bytes()
    site.machine.path("/srv/tree/carried.deb").write_bytes(carried)
    site.machine.path("/srv/repo/Packages").write_text("")

    sources = [{"local": local}, {"carried": "salt://carried.deb"}]
    result = site.settles({"files": {"pkg.installed": [{"sources": sources}]}})["files"]

    assert result["changes"]["carried"] == {"old": "", "new": "4"}
    assert (site.version("local"), site.version("carried")) == ("1", "4")
    assert not list(site.machine.path("/var/cache/zester/packages").iterdir())


def test_removing_keeps_configuration_and_purging_does_not(site: Site) -> None:
    site.apply({"tool": {"pkg.installed": []}})
    site.machine.path("/etc/tool.conf").write_text("mine\n")

    removed = site.settles({"tool": {"pkg.removed": []}})["tool"]
    assert removed["changes"] == {"tool": {"old": "2.0", "new": ""}}
    assert site.machine.path("/etc/tool.conf").read_text() == "mine\n"

    purged = site.settles({"tool": {"pkg.purged": []}})["tool"]
    assert purged["changes"] == {"installed": {}, "removed": {"tool": {"old": "2.0", "new": ""}}}
    assert not site.machine.path("/etc/tool.conf").exists()
    site.settles({"any": {"pkg.purged": [{"pkgs": ["tool", "never-there"]}]}})


def test_changed_configuration_is_kept_without_a_question(site: Site) -> None:
    site.apply({"tool": {"pkg.installed": []}})
    site.machine.path("/etc/tool.conf").write_text("mine\n")
    site.repository.add("tool", "3.0", conffile="other\n")

    site.settles({"system": {"pkg.uptodate": []}})

    assert site.version("tool") == "3.0"
    assert site.machine.path("/etc/tool.conf").read_text() == "mine\n"


def test_altered_files_are_found_and_put_back(site: Site) -> None:
    site.apply({"tool": {"pkg.installed": []}})
    site.machine.path("/usr/share/tool/version").write_text("broken\n")

    result = site.settles({"tool": {"pkg.installed": [{"pkg_verify": True}]}})["tool"]

    assert result["changes"]["tool"]["altered"] == "/usr/share/tool/version"
    assert site.machine.path("/usr/share/tool/version").read_text() == "2.0\n"


def test_what_is_no_name_is_refused(site: Site) -> None:
    hostile = ("--reinstall", "-y", "tool-", "a b", "x;id", "tool\nplain", "../x", "tool=1")
    functions = ("installed", "removed", "purged", "held", "latest")
    states = {
        f"{function}{number}": {f"pkg.{function}": [{"name": name}]}
        for function in functions
        for number, name in enumerate(hostile)
    }
    for result in site.apply(states).values():
        assert result["result"] is False
        assert "cannot be the name of a package" in result["comment"]
    assert site.calls() == []


def test_a_lock_that_somebody_holds_is_waited_for(site: Site) -> None:
    script = (
        "import fcntl, sys, time; f = open('/var/lib/dpkg/lock-frontend', 'w');"
        "fcntl.lockf(f, fcntl.LOCK_EX); open('/run/held', 'w'); time.sleep(3)"
    )
    site.machine.run("systemd-run", "--quiet", "python3", "-c", script)
    while site.machine.run("test", "-e", "/run/held", check=False).returncode:
        time.sleep(0.05)
    begun = time.monotonic()
    result = site.apply({"tool": {"pkg.installed": []}})["tool"]

    assert result["result"] is True, result
    assert time.monotonic() - begun > 1


def test_a_repository_and_its_packages_come_with_one_run(site: Site) -> None:
    site.machine.path("/etc/apt/sources.list").write_text("")
    line = "deb [trusted=yes] file:/srv/repo ./"
    place = "/etc/apt/sources.list.d/local.list"
    states = {
        "local": {"pkgrepo.managed": [{"name": line}, {"file": place}]},
        "tool": {"pkg.installed": []},
        "note": {"file.managed": [{"name": "/usr/share/tool/note"}, {"contents": "x"}]},
    }

    first = site.apply(states)
    assert [result["result"] for result in first.values()] == [True] * 3, first
    assert site.version("tool") == "2.0"
    site.settles(states)
    site.settles({"local": {"pkgrepo.absent": [{"name": line}]}})
    assert not site.machine.path(place).exists()
