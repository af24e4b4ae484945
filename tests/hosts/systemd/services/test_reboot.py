"""What a peel does after a power cut when nobody can be reached."""

from __future__ import annotations

import json

from hosts.conftest import Figure
from hosts.site import Site
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import COUNTED, running, soon, starts

TELL = "test -e /etc/allowed && echo told >>/var/lib/told"


def states(content: str) -> str:
    watch = {"watch": [{"file": "conf"}]}
    return json.dumps(
        {
            "conf": {"file.managed": [{"name": "/etc/demo.conf"}, {"contents": content}]},
            "demo": {"service.running": [{"enable": True}, watch]},
            "tell": {"cmd.wait": [{"name": TELL}, watch]},
        }
    )


def test_it_converges_from_disk_and_pays_what_it_owes(
    peel: Machine, site: Site, figure: Figure
) -> None:
    # Its start at boot comes before the peel's, so that a restart more is what the peel owed.
    unit = COUNTED.replace("[Service]", "Before=zester-peel.service\n[Service]")
    unit = unit.replace("[Service]", "[Service]\nExecStartPre=/usr/bin/test ! -e /etc/broken")
    peel.path("/etc/systemd/system/demo.service").write_text(unit)
    peel.path("/etc/allowed").touch()
    peel.run("systemctl", "daemon-reload")
    peel.run("systemctl", "enable", "--quiet", "zester-peel")
    site.push(states("one"))
    assert running(peel)

    peel.path("/etc/broken").touch()
    peel.path("/etc/allowed").unlink()
    site.push(states("two"), code=2)
    failed = site.peel()["status"]
    assert len(failed["failures"]) == 2, failed
    peel.cut()
    site.stop()
    peel.path("/etc/broken").unlink()
    peel.path("/etc/allowed").touch()
    peel.path("/etc/demo.conf").write_text("somebody else's\n")
    told = peel.path("/var/lib/told")
    before, said = starts(peel), told.read_text() if told.exists() else ""
    peel.boot()

    def content() -> str:
        return peel.path("/etc/demo.conf").read_text()

    took = soon("the file is put right from disk", lambda: content() == "two\n")
    soon("the restart is made up for", lambda: starts(peel) >= before + 2)
    soon("the command is made up for", lambda: told.exists() and told.read_text() != said)
    figure(f"booted without a network → drift put right: {took:.2f} s after systemd is up")
    assert running(peel)

    def settled() -> bool:
        status = site.peel()["status"]
        ready = {one["type"]: one["status"] for one in status["conditions"]}
        return ready.get("Ready") == "True"

    after = (starts(peel), told.read_text())
    site.start()
    soon("what happened is told", settled)
    assert after == (starts(peel), told.read_text()), "once is enough"
    assert after[0] <= before + 3
