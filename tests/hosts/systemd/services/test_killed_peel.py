"""The peel of a host dies between writing a file and restarting the service that reads it."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from hosts.conftest import Figure
from hosts.site import Site
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import COUNTED, shown, soon, starts

RUNS = 22

pytestmark = pytest.mark.timeout(600)

DROP_IN = """[Unit]
StartLimitIntervalSec=0
[Service]
RestartSec=0
ExecStart=
ExecStart=/usr/bin/env PYTHONPATH=/opt/zester/code:/opt/zester/needs:/opt python3 -m dying_peel run
"""


def restarted(machine: Machine, before: int) -> bool:
    return starts(machine) > before


def test_kill_9_restarts_at_least_once_and_at_most_twice(
    peel: Machine, site: Site, figure: Figure
) -> None:
    def states(content: str) -> str:
        conf = {"file.managed": [{"name": "/etc/demo.conf"}, {"contents": content}]}
        demo = {"service.running": [{"watch": [{"file": "conf"}]}]}
        return json.dumps({"conf": conf, "demo": demo})

    unit = COUNTED.replace("[Service]", "StartLimitIntervalSec=0\n[Service]")
    peel.path("/etc/systemd/system/demo.service").write_text(unit)
    peel.path("/opt/dying_peel.py").write_text(
        (Path(__file__).parent / "dying_peel.py").read_text()
    )
    folder = peel.path("/etc/systemd/system/zester-peel.service.d")
    folder.mkdir()
    (folder / "dying.conf").write_text(DROP_IN)
    peel.run("systemctl", "daemon-reload")
    peel.run("systemctl", "restart", "zester-peel")
    site.push(states("0"))

    last, killed, seen = 0, 0, Counter[int]()
    for number in range(1, RUNS + 1):
        last += 1
        before = starts(peel)
        peel.run("sh", "-c", f"echo {last} >/run/die-at")
        restarts = int(shown(peel, "NRestarts", "zester-peel.service"))
        site.push(states(str(number)))
        died = int(shown(peel, "NRestarts", "zester-peel.service")) > restarts
        assert peel.run("cat", "/etc/demo.conf").stdout == f"{number}\n"
        soon("it was restarted", partial(restarted, peel, before))
        seen[starts(peel) - before] += 1
        killed += died
        if not died:
            last = 0
    figure(f"kill -9 at {killed} of {RUNS} steps → restarts of the service: {dict(seen)}")
    assert set(seen) <= {1, 2}
    assert killed >= 20
