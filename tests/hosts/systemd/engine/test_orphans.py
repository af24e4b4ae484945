"""What becomes of commands when the peel that runs them ends."""

from __future__ import annotations

import json

import pytest

from hosts.site import Site
from hosts.systemd.following import follow
from hosts.systemd.machine import Machine
from support.dev import until

PEEL = "probe: ''\nlease_ttl: 5\n"
LONG = "sleep 4001 & trap '' TERM; touch /run/begun; sleep 4002; sleep 4003"


@pytest.fixture
def peel(machine: Machine, site: Site) -> Machine:
    follow(machine, site, PEEL)
    return machine


def sleepers(machine: Machine) -> list[str]:
    found = machine.run("pgrep", "-f", "^sleep 4", check=False).stdout
    return found.split()


def begun(machine: Machine) -> bool:
    return machine.run("test", "-e", "/run/begun", check=False).returncode == 0


def test_a_killed_peel_leaves_no_command_behind(peel: Machine, site: Site) -> None:
    site.write(json.dumps({"long": {"cmd.run": [{"name": LONG}]}}))
    site.publish()
    until("the command runs", lambda: begun(peel) and len(sleepers(peel)) == 2)
    before = set(sleepers(peel))

    peel.run("systemctl", "kill", "--signal=KILL", "--kill-whom=main", "zester-peel")
    until("all of it has ended", lambda: not before & set(sleepers(peel)))


def test_a_stopped_peel_ends_its_command_and_keeps_what_was_left(peel: Machine, site: Site) -> None:
    left = {"cmd.run": [{"name": "sleep 5001 >/dev/null 2>&1 &"}]}
    background = {"cmd.run": [{"name": "sleep 5002"}, {"bg": True}]}
    long = {"cmd.run": [{"name": LONG}]}
    site.write(json.dumps({"left": left, "background": background, "long": long}))
    site.publish()
    until("the command runs", lambda: begun(peel) and len(sleepers(peel)) == 2)

    peel.run("systemctl", "stop", "zester-peel")

    assert sleepers(peel) == []
    assert len(peel.run("pgrep", "-f", "^sleep 500").stdout.split()) == 2


def test_apply_that_is_ended_ends_its_command(machine: Machine) -> None:
    machine.path("/srv/tree/states").mkdir(parents=True)
    states = json.dumps({"long": {"cmd.run": [{"name": LONG}]}})
    machine.path("/srv/tree/states/it.zy").write_text(states)
    machine.run("sh", "-c", "zester-peel apply /srv/tree it >/run/said 2>&1 & echo $! >/run/pid")
    until("the command runs", lambda: begun(machine) and len(sleepers(machine)) == 2)

    machine.run("sh", "-c", "kill -TERM $(cat /run/pid)")
    until("all of it has ended", lambda: sleepers(machine) == [])


def test_a_command_that_runs_too_long_ends_with_all_its_children(machine: Machine) -> None:
    machine.path("/srv/tree/states").mkdir(parents=True)
    states = json.dumps({"long": {"cmd.run": [{"name": LONG}, {"timeout": 1}]}})
    machine.path("/srv/tree/states/it.zy").write_text(states)
    done = machine.run("zester-peel", "apply", "/srv/tree", "it", check=False)
    assert "ran past its 1 s and was ended" in done.stdout
    assert sleepers(machine) == []
