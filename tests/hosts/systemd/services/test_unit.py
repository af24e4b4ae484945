"""The unit of the peel: it starts, comes back, stops, and hands nothing on that is its own."""

from __future__ import annotations

import json
from functools import partial

from hosts.conftest import Figure
from hosts.realm import FoundedRealm
from hosts.site import Site
from hosts.systemd.following import STATE
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import shown, soon

UNIT = "zester-peel.service"
ASKED = "cat /proc/self/oom_score_adj; ulimit -H -c; umask; env | grep -c NOTIFY_SOCKET || true"


def state(machine: Machine) -> str:
    return shown(machine, "ActiveState", UNIT)


def another(machine: Machine, pid: str) -> bool:
    """Tell whether the service has another process than this one."""
    return shown(machine, "MainPID", UNIT) not in ("0", pid)


def test_it_is_ready_without_a_server_and_stops_at_once(
    machine: Machine, founded: FoundedRealm, figure: Figure
) -> None:
    founded.admit(machine.path(STATE))
    machine.run("systemctl", "start", "zester-peel", timeout=20)
    assert (state(machine), shown(machine, "Type", UNIT)) == ("active", "notify")
    said = machine.run("systemd-analyze", "verify", f"/etc/systemd/system/{UNIT}", check=False)
    assert said.stderr == ""

    stopped = soon("it stopped", lambda: not machine.run("systemctl", "stop", UNIT).returncode)
    figure(f"systemctl stop zester-peel: {stopped:.2f} s")
    assert stopped < 10
    ended = [shown(machine, key, UNIT) for key in ("Result", "ExecMainStatus", "ActiveState")]
    assert ended == ["success", "0", "inactive"]


def test_it_comes_back_after_kill_9_however_often(peel: Machine) -> None:
    folder = peel.path("/etc/systemd/system/zester-peel.service.d")
    folder.mkdir()
    (folder / "quick.conf").write_text("[Service]\nRestartSec=0\n")
    peel.run("systemctl", "daemon-reload")
    for number in range(1, 8):
        pid = shown(peel, "MainPID", UNIT)
        peel.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", UNIT)
        soon("another runs", partial(another, peel, pid))
        assert int(shown(peel, "NRestarts", UNIT)) == number
    soon("it is ready", lambda: state(peel) == "active")


def test_one_that_hangs_is_started_again(peel: Machine) -> None:
    folder = peel.path("/etc/systemd/system/zester-peel.service.d")
    folder.mkdir()
    (folder / "quick.conf").write_text("[Service]\nRestartSec=0\nWatchdogSec=2\n")
    peel.run("systemctl", "daemon-reload")
    peel.run("systemctl", "restart", UNIT)
    soon("it is ready", lambda: state(peel) == "active")
    pid = shown(peel, "MainPID", UNIT)
    peel.run("sh", "-c", "sleep 3")
    assert shown(peel, "MainPID", UNIT) == pid, "one that lives is left alone"
    peel.run("kill", "-STOP", pid)
    soon("another runs", partial(another, peel, pid))
    assert peel.run("find", "/", "-xdev", "-name", "core*", "-newer", "/etc/zester").stdout == ""


def test_what_a_state_runs_inherits_nothing_of_it(peel: Machine, site: Site) -> None:
    asked = {"cmd.run": [{"name": f"({ASKED}) >/srv/asked"}]}
    site.push(json.dumps({"ask": asked}))
    assert peel.run("cat", "/srv/asked").stdout.split() == ["0", "unlimited", "0022", "0"]
