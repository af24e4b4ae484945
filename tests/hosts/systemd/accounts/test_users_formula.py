"""The users formula of the examples on a host."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hosts.systemd.applying import apply_tree
from hosts.systemd.machine import Machine
from hosts.systemd.packages.repository import Repository

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.mark.parametrize("name", ["users", "users-salt"])
def test_it_gives_exactly_what_it_describes(machine: Machine, tmp_path: Path, name: str) -> None:
    tree = machine.path("/root/tree")
    shutil.copytree(EXAMPLES / name, tree)
    machine.path("/etc/sudoers").write_text("root ALL=(ALL:ALL) ALL\n")
    machine.path("/etc/sudoers").chmod(0o440)
    repository = Repository(machine, tmp_path / "packages")
    repository.add("sudo", "1.9.13")
    repository.configure()

    before = accounts(machine)
    predicted = apply_tree(machine, "/root/tree", test=True)
    assert accounts(machine) == before
    applied = apply_tree(machine, "/root/tree")
    assert [each["comment"] for each in applied.values() if not each["result"]] == []
    assert applied["users_sudo_package"]["changes"] == {"sudo": {"old": "", "new": "1.9.13"}}
    for key, each in applied.items():
        if not key.endswith("_home"):  # which the user has created meanwhile
            assert predicted[key]["changes"] == each["changes"], key

    assert accounts(machine) - before == {
        "deploy:x:4000:4000:Deploy User:/home/deploy:/bin/bash",
        "testuser:x:4001:4001:Test User:/home/testuser:/bin/bash",
        "developers:x:2000:deploy,testuser",
        "ops:x:2001:deploy",
        "deploy:x:4000:",
        "testuser:x:4001:",
    }
    assert before - accounts(machine) == set()
    facts = machine.run("stat", "-c", "%n %U %G %a", "/home/deploy", "/home/testuser")
    assert facts.stdout.splitlines() == [
        "/home/deploy deploy deploy 750",
        "/home/testuser testuser testuser 750",
    ]
    rule = machine.path("/etc/sudoers.d/deploy")
    assert rule.read_text() == "deploy ALL=(ALL) NOPASSWD:ALL\n"
    facts = machine.run("stat", "-c", "%U %G %a", "/etc/sudoers.d/deploy")
    assert facts.stdout == "root root 440\n"
    assert not machine.path("/etc/sudoers.d/testuser").exists()
    sudoers = machine.path("/etc/sudoers").read_text()
    assert sudoers.count("#includedir /etc/sudoers.d\n") == 1
    assert sudoers.startswith("root ALL=(ALL:ALL) ALL\nDefaults env_reset\n")

    again = apply_tree(machine, "/root/tree")
    assert len(again) == len(applied)
    assert [key for key, each in again.items() if each["changes"] or not each["result"]] == []


def accounts(machine: Machine) -> set[str]:
    """Every line of passwd and group."""
    files = ("/etc/passwd", "/etc/group")
    return {line for file in files for line in machine.path(file).read_text().splitlines()}
