"""OpenRC's own tools, run by hand on a host whose first process is another."""

from __future__ import annotations

import pytest

from hosts.systemd.machine import Machine

SCRIPT = """#!/sbin/openrc-run
command=/bin/sleep
command_args=%s
command_background=true
pidfile=/run/$RC_SVCNAME.pid
extra_started_commands=reload
reload() { echo reload >>/run/demo.said; }
"""
BOOTED = """
cd /run && mkdir openrc && cd openrc && touch softlevel
mkdir daemons exclusive failed hotplugged inactive init.d options scheduled started starting \
    stopping tmp wasinactive
"""
"""What OpenRC lays out when it boots a machine."""
WORK = """
import asyncio
from pathlib import Path
from zester.errors import StateError
from zester_peel.host.linux import LinuxHost
from zester_peel.states.service.manager import Manner
from zester_peel.states.service.openrc import OpenRC

async def work():
    host, manager = LinuxHost(Path("/")), OpenRC()

    async def now(name="demo"):
        found = await manager.look(host, name)
        return (found.running, found.alive, found.enabled, found.problem)

    demo = await manager.look(host, "demo")
    assert demo.known and not (await manager.look(host, "nope")).known
    assert await now() == (False, False, False, ""), await now()
    await manager.enable(host, demo)
    await manager.enable(host, demo)
    await manager.act(host, demo, "start", Manner())
    assert await now() == (True, True, True, ""), await now()
    await manager.act(host, demo, "reload", Manner())
    await manager.act(host, demo, "restart", Manner())
    assert await now() == (True, True, True, ""), await now()
    await manager.disable(host, demo)
    await manager.disable(host, demo)
    await manager.act(host, demo, "stop", Manner())
    assert await now() == (False, False, False, ""), await now()
    assert {"demo", "bad"} <= set(await manager.names(host))
    try:
        await manager.act(host, await manager.look(host, "bad"), "start", Manner())
    except StateError as error:
        print(error)
    print("done")

asyncio.run(work())
"""


@pytest.mark.parametrize("name", ["dnf"])  # OpenRC is in that layer
def test_services_are_run_and_put_into_run_levels(name: str, foreign: Machine) -> None:
    for script, text in {"demo": SCRIPT % "3001", "bad": SCRIPT.replace("sleep", "no") % 1}.items():
        foreign.path(f"/etc/init.d/{script}").write_text(text)
        foreign.path(f"/etc/init.d/{script}").chmod(0o755)
    foreign.run("sh", "-euc", BOOTED)
    code = "PYTHONPATH=/opt/zester/code:/opt/zester/needs"
    done = foreign.run("env", code, "python3", "-W", "error", "-c", WORK)
    said, _, last = done.stdout.strip().rpartition("\n")
    assert last == "done"
    assert "rc-service bad start failed" in said
    assert foreign.run("cat", "/run/demo.said").stdout == "reload\n"
