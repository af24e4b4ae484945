"""Services of a host that boots, as states want them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hosts.systemd.machine import Machine

DEMO = """[Unit]
Description=Demo
[Service]
ExecStart=/bin/sleep infinity
ExecReload=/bin/touch /run/demo.reloaded
[Install]
WantedBy=multi-user.target
Alias=demo-alias.service
"""

States = dict[str, Any]


@pytest.fixture
def demo(machine: Machine) -> Machine:
    """A host with a service that is neither running nor enabled."""
    unit(machine, "demo.service", DEMO)
    return machine


def unit(machine: Machine, name: str, text: str) -> None:
    machine.path(f"/etc/systemd/system/{name}").write_text(text)


def apply(machine: Machine, states: States, *options: str) -> dict[str, dict[str, Any]]:
    """Apply states as a tree of their own; return what became of each by its id."""
    machine.path("/srv/tree/states").mkdir(parents=True, exist_ok=True)
    machine.path("/srv/tree/states/it.zy").write_text(json.dumps(states))
    argv = ("zester-peel", "apply", "/srv/tree", "it", "-o", "json", *options)
    done = machine.run(*argv, check=False)
    assert done.returncode in (0, 2), done.stderr
    return {found["__id__"]: found for found in json.loads(done.stdout)["local"].values()}


def state(function: str, *args: dict[str, Any]) -> dict[str, Any]:
    return {"it": {function: list(args)}}


def check(machine: Machine, states: States, changes: dict[str, Any], comment: str) -> None:
    """Predict, apply, apply again: the same changes, and then none."""
    predicted = apply(machine, states, "--test")["it"]
    assert (predicted["result"], predicted["changes"]) == (None, changes), predicted
    done = apply(machine, states)["it"]
    assert (done["result"], done["changes"], done["comment"]) == (True, changes, comment)
    settled = apply(machine, states)["it"]
    assert (settled["result"], settled["changes"]) == (True, {}), settled


def shown(machine: Machine, name: str, key: str) -> str:
    argv = ("systemctl", "show", f"--property={key}", "--value", "--", name)
    return machine.run(*argv).stdout.strip()


def active(machine: Machine, name: str = "demo.service") -> str:
    return shown(machine, name, "ActiveState")


def at_boot(machine: Machine, name: str = "demo.service") -> str:
    return shown(machine, name, "UnitFileState")


def test_a_service_is_started_stopped_enabled_and_disabled(demo: Machine) -> None:
    running = state("service.running", {"name": "demo"})
    check(demo, running, {"demo": True}, "Started service demo")
    assert (active(demo), at_boot(demo)) == ("active", "disabled")

    enabled = state("service.running", {"name": "demo"}, {"enable": True})
    check(demo, enabled, {"demo": True}, _boot("enabled"))
    demo.run("systemctl", "stop", "demo")
    check(demo, enabled, {"demo": True}, "Service demo is already enabled, and is running")
    assert (active(demo), at_boot(demo)) == ("active", "enabled")

    disabled = state("service.disabled", {"name": "demo"})
    check(demo, disabled, {"demo": True}, _boot("disabled"))
    check(demo, state("service.enabled", {"name": "demo"}), {"demo": True}, _boot("enabled"))
    dead = state("service.dead", {"name": "demo"}, {"enable": False})
    check(demo, dead, {"demo": False}, "Service demo has been disabled, and is dead")
    assert (active(demo), at_boot(demo)) == ("inactive", "disabled")


def _boot(what: str) -> str:
    return f"Service demo has been {what}, and is in the desired state"


def test_masks_of_both_kinds(machine: Machine) -> None:
    masked = state("service.masked", {"name": "cron"})
    check(machine, masked, {"masked": {"old": False, "new": True}}, "Service cron was masked")
    assert (at_boot(machine, "cron"), active(machine, "cron")) == ("masked", "active")
    machine.run("systemctl", "stop", "cron")

    refused = apply(machine, state("service.running", {"name": "cron"}))["it"]
    assert refused["result"] is False
    assert refused["comment"].startswith("service cron is masked and cannot start; add unmask")

    anyway = state("service.running", {"name": "cron"}, {"unmask": True}, {"enable": True})
    check(machine, anyway, {"cron": True}, "Service cron is already enabled, and is running")

    runtime = {"runtime masked": {"old": False, "new": True}}
    states = state("service.masked", {"name": "cron"}, {"runtime": True})
    check(machine, states, runtime, "Service cron was runtime masked")
    states = state("service.unmasked", {"name": "cron"}, {"runtime": True})
    gone = {"runtime masked": {"old": True, "new": False}}
    check(machine, states, gone, "Service cron was runtime unmasked")


def test_a_watch_restarts_or_reloads_what_runs_and_starts_what_does_not(demo: Machine) -> None:
    def states(content: str, **args: object) -> States:
        params = [{key: value} for key, value in args.items()]
        return {
            "conf": {"file.managed": [{"name": "/etc/demo.conf"}, {"contents": content}]},
            "it": {"service.running": [{"name": "demo"}, {"watch": [{"file": "conf"}]}, *params]},
        }

    started = apply(demo, states("one"))["it"]
    assert started["comment"] == "Started service demo"
    first = shown(demo, "demo", "MainPID")
    assert apply(demo, states("one"))["it"]["changes"] == {}

    predicted = apply(demo, states("two"), "--test")["it"]
    assert (predicted["changes"], predicted["comment"]) == (
        {"demo": True},
        "Service is set to be restarted",
    )
    restarted = apply(demo, states("two"))["it"]
    assert (restarted["changes"], restarted["comment"]) == ({"demo": True}, "Service restarted")
    second = shown(demo, "demo", "MainPID")
    assert second != first

    reloaded = apply(demo, states("three", reload=True))["it"]
    assert reloaded["comment"] == "Service reloaded"
    assert shown(demo, "demo", "MainPID") == second
    assert demo.path("/run/demo.reloaded").exists() or demo.run("ls", "/run/demo.reloaded")
    both = apply(demo, states("four", enable=True))["it"]
    assert (both["result"], at_boot(demo)) == (True, "enabled")
    assert shown(demo, "demo", "MainPID") != second
    forced = apply(demo, states("five", full_restart=True))["it"]
    assert forced["comment"] == "Service fully restarted"


def test_a_changed_unit_file_is_read_before_the_restart(machine: Machine) -> None:
    def states(seconds: int) -> States:
        text = DEMO.replace("infinity", str(seconds))
        path = "/etc/systemd/system/demo.service"
        return {
            # defined first, yet the file comes before it
            "it": {"service.running": [{"name": "demo"}, {"watch": [{"file": path}]}]},
            path: {"file.managed": [{"contents": text}]},
        }

    for seconds in (1000, 2000):
        found = apply(machine, states(seconds))["it"]
        assert found["result"] is True, found
        pid = shown(machine, "demo", "MainPID")
        line = machine.run("cat", f"/proc/{pid}/cmdline").stdout
        assert line.split("\0")[1] == str(seconds)
    assert shown(machine, "demo", "NeedDaemonReload") == "no"


def test_aliases_templates_and_other_kinds_of_unit(demo: Machine) -> None:
    demo.run("ln", "-s", "demo.service", "/etc/systemd/system/nick.service")
    check(demo, state("service.running", {"name": "nick"}), {"nick": True}, "Started service nick")
    assert active(demo) == "active"
    enabled = apply(demo, state("service.enabled", {"name": "nick"}))["it"]
    assert enabled["result"] is True, enabled

    unit(demo, "many@.service", DEMO.replace("Alias=demo-alias.service", "DefaultInstance=a"))
    states = state("service.running", {"name": "many@one"}, {"enable": True})
    check(demo, states, {"many@one": True}, "Service many@one has been enabled, and is running")
    refused = apply(demo, state("service.running", {"name": "many@"}))["it"]
    assert refused["result"] is False
    assert "only its instances can run, such as many@one.service" in refused["comment"]
    enabled = state("service.enabled", {"name": "many@"})
    done = apply(demo, enabled)["it"]
    assert (done["result"], apply(demo, enabled)["it"]["changes"]) == (True, {})

    unit(demo, "beat.timer", "[Timer]\nOnBootSec=1d\n[Install]\nWantedBy=timers.target\n")
    unit(demo, "beat.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    states = state("service.running", {"name": "beat.timer"}, {"enable": True})
    check(demo, states, {"beat.timer": True}, "Service beat.timer has been enabled, and is running")


def test_what_does_not_exist_or_does_not_start_says_why(machine: Machine) -> None:
    missing = state("service.running", {"name": "crn"})
    predicted = apply(machine, missing, "--test")["it"]
    assert predicted["result"] is None
    assert predicted["comment"].startswith("Service crn not present; if created in this state run")
    found = apply(machine, missing)["it"]
    assert found["result"] is False
    assert found["comment"] == "The named service crn is not available (did you mean 'cron'?)"
    for function in ("service.dead", "service.disabled"):
        fine = apply(machine, state(function, {"name": "crn"}))["it"]
        assert (fine["result"], fine["changes"]) == (True, {})

    unit(machine, "bad.service", "[Service]\nType=oneshot\nExecStart=/bin/false\n")
    bad = apply(machine, state("service.running", {"name": "bad"}))["it"]
    assert bad["result"] is False
    assert "failed" in bad["comment"]
    unit(machine, "broken.service", "[Service]\nType=simple\n")
    broken = apply(machine, state("service.running", {"name": "broken"}))["it"]
    assert "bad unit file setting" in broken["comment"]
    once = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
    unit(machine, "once.service", once)
    ended = apply(machine, state("service.running", {"name": "once"}))["it"]
    assert ended["comment"].startswith("Service once failed to start")
    unit(machine, "stays.service", once + "RemainAfterExit=yes\n")
    check(
        machine,
        state("service.running", {"name": "stays"}),
        {"stays": True},
        "Started service stays",
    )


def test_hostile_names_are_refused_or_harmless(machine: Machine) -> None:
    functions = ("running", "dead", "enabled", "disabled", "masked", "unmasked")

    def each(*names: str) -> States:
        return {
            f"{function} {number}": {f"service.{function}": [{"name": name}]}
            for function in functions
            for number, name in enumerate(names)
        }

    bad = each("a b", "../x", "x\ny", "*", "a;b", "", "é", "/etc/passwd", "[ab]")
    found = apply(machine, bad)
    assert len(found) == len(bad)
    assert [one["__id__"] for one in found.values() if one["result"] is not False] == []
    odd = apply(machine, each("-x", "--now", "@x", "x@y@z", "a..b"), "--test")
    assert [one["comment"] for one in odd.values() if "bug" in one["comment"]] == []
    assert active(machine, "cron") == "active"


def test_a_service_that_is_starting_gets_time_and_no_block_does_not_wait(machine: Machine) -> None:
    slow = (
        "[Service]\nType=notify\nExecStart=/bin/sh -c 'sleep 1; systemd-notify --ready; sleep 99'"
    )
    unit(machine, "slow.service", f"{slow}\nNotifyAccess=all\n")
    states = state("service.running", {"name": "slow"}, {"no_block": True})
    check(machine, states, {"slow": True}, "Started service slow")
    machine.run("systemctl", "restart", "--no-block", "slow")
    found = apply(machine, state("service.running", {"name": "slow"}))["it"]
    assert found["result"] is True
    assert active(machine, "slow") == "active"


def test_many_services_cost_few_processes(machine: Machine) -> None:
    """Who asks at the same time is answered by one process."""
    states = {f"s{number}": {"service.dead": [{"name": f"none-{number}"}]} for number in range(100)}
    machine.path("/usr/local/bin/systemctl").write_text(
        '#!/bin/sh\necho x >>/run/asked\nexec /usr/bin/systemctl "$@"\n'
    )
    machine.path("/usr/local/bin/systemctl").chmod(0o755)
    found = apply(machine, states)
    assert all(one["result"] is True for one in found.values())
    assert len(machine.run("cat", "/run/asked").stdout.split()) <= 20
