"""The peel as a service of a host that boots: what it keeps, and what happens to it."""

from __future__ import annotations

import json
import time

from hosts.conftest import Figure
from hosts.site import Site
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import DEMO, running, shown, soon
from support.dev import until

METRICS = """
import urllib.request
print(urllib.request.urlopen('http://127.0.0.1:9090/metrics').read().decode())
"""


STATES = json.dumps(
    {
        "conf": {"file.managed": [{"name": "/etc/demo.conf"}, {"contents": "one"}]},
        "demo": {"service.running": [{"enable": True}, {"watch": [{"file": "conf"}]}]},
    }
)


def test_a_service_stays_as_wished(peel: Machine, site: Site, figure: Figure) -> None:
    site.push(STATES)
    assert running(peel)

    took = []
    for _ in range(5):
        peel.run("systemctl", "stop", "demo")
        took.append(soon("the stopped service runs", lambda: running(peel)))
    figure(f"systemctl stop of a managed service → running: {max(took):.3f} s at most of 5")
    assert max(took) <= 1

    peel.run("systemctl", "disable", "demo")
    enabled = soon("it is enabled", lambda: shown(peel, "UnitFileState") == "enabled")
    figure(f"systemctl disable of a managed service → enabled: {enabled:.3f} s")
    peel.run("systemctl", "kill", "--signal=KILL", "demo")
    soon("the killed service runs", lambda: running(peel))

    pid = shown(peel, "MainPID")
    peel.run("sh", "-c", "echo two >/etc/demo.conf")
    soon("it is restarted", lambda: shown(peel, "MainPID") not in (pid, "0"))
    assert peel.run("cat", "/etc/demo.conf").stdout == "one\n"


def test_a_mask_is_told_and_taken_off_again(peel: Machine, site: Site) -> None:
    site.push(json.dumps({"cron": {"service.running": [{"unmask": True}]}}))
    peel.run("systemctl", "mask", "--now", "cron")
    soon("it is unmasked", lambda: shown(peel, "LoadState", "cron.service") == "loaded")
    soon("it runs", lambda: shown(peel, "ActiveState", "cron.service") == "active")

    site.push(json.dumps({"cron": {"service.masked": []}}))
    peel.run("systemctl", "unmask", "cron")
    soon("it is masked", lambda: shown(peel, "LoadState", "cron.service") == "masked")


def test_the_peel_restarts_itself_once(peel: Machine, site: Site) -> None:
    def states(content: str) -> str:
        conf = {"file.managed": [{"name": "/etc/zester/own"}, {"contents": content}]}
        own = {"service.running": [{"name": "zester-peel"}, {"watch": [{"file": "conf"}]}]}
        return json.dumps({"conf": conf, "own": own})

    def pid() -> str:
        return shown(peel, "MainPID", "zester-peel.service")

    first = pid()
    site.push(states("one"))
    soon("it is another process", lambda: pid() not in ("0", first))
    second = pid()
    site.push(states("one") + "\n")  # it follows, and owes nothing
    time.sleep(4)
    assert pid() == second


def test_a_crash_loop_is_contested(peel: Machine, site: Site) -> None:
    crash = DEMO.replace("/bin/sleep infinity", "/bin/sleep 0.2")
    peel.path("/etc/systemd/system/demo.service").write_text(crash + "StartLimitBurst=0\n")
    peel.run("systemctl", "daemon-reload")
    site.push(json.dumps({"demo": {"service.running": []}}))

    def contested() -> bool:
        conditions = site.peel()["status"]["conditions"]
        return any(one["type"] == "Contested" for one in conditions)

    until("the service is contested", contested)


def test_units_are_followed_again_when_the_bus_was_gone(peel: Machine, site: Site) -> None:
    site.push(STATES)
    peel.run("systemctl", "stop", "dbus.socket", "dbus.service")
    peel.run("systemctl", "stop", "demo")
    soon("it is polled", lambda: running(peel))
    peel.run("systemctl", "start", "dbus.socket", "dbus.service")

    def followed() -> bool:
        said = peel.run("python3", "-c", METRICS).stdout
        return 'zester_sensors_polled_watches{kind="unit"} 0' in said

    until("the bus is followed", followed)
    peel.run("systemctl", "stop", "demo")
    took = soon("the stopped service runs", lambda: running(peel))
    assert took <= 1


def test_idle_it_costs_little(peel: Machine, site: Site, figure: Figure) -> None:
    many = {f"n{number}": {"service.dead": [{"name": f"none-{number}"}]} for number in range(200)}
    site.push(json.dumps({**json.loads(STATES), **many}))
    pid = shown(peel, "MainPID", "zester-peel.service")
    time.sleep(2)
    before = _ticks(peel, pid)
    time.sleep(20)
    used = (_ticks(peel, pid) - before) / 100
    rss = int(peel.run("sh", "-c", f"grep VmRSS /proc/{pid}/status").stdout.split()[1]) / 1024
    figure(f"idle peel with 202 states and all sensors: {rss:.1f} MiB, {used / 20:.2%} of a core")
    assert rss <= 48


def _ticks(machine: Machine, pid: str) -> int:
    fields = machine.run("cat", f"/proc/{pid}/stat").stdout.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
