"""Init scripts on a host of Debian, with its real tools; systemd is not asked."""

from __future__ import annotations

from hosts.systemd.machine import Machine

SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: demo
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
pid=/run/demo.pid
case $1 in
start) setsid sleep 3001 & echo $! >$pid ;;
stop) kill "$(cat $pid)"; rm -f $pid ;;
restart) $0 stop; $0 start ;;
reload) echo reload >>/run/demo.said ;;
status) [ -e $pid ] && kill -0 "$(cat $pid)" || exit 3 ;;
*) exit 2 ;;
esac
"""

WORK = """
import asyncio
from pathlib import Path
from zester_peel.host.linux import LinuxHost
from zester_peel.states.service.manager import Manner
from zester_peel.states.service.sysv import SysV

async def work():
    host, manager = LinuxHost(Path("/")), SysV()

    async def now(sig=None):
        found = await manager.look(host, "demo", sig)
        return (found.running, found.enabled)

    demo = await manager.look(host, "demo")
    assert demo.known and not (await manager.look(host, "nope")).known
    assert await now() == (False, False)
    await manager.enable(host, demo)
    assert await now() == (False, True)
    await manager.enable(host, demo)
    await manager.act(host, demo, "start", Manner())
    assert await now() == (True, True)
    # in parts, for this text itself is on a command line
    assert await now("sleep" + " 3001") == (True, True)
    assert await now("sleep" + " 3002") == (False, True)
    await manager.act(host, demo, "restart", Manner())
    await manager.act(host, demo, "reload", Manner())
    assert await now() == (True, True)
    await manager.disable(host, demo)
    assert await now() == (True, False)
    await manager.enable(host, demo)
    assert await now() == (True, True), "what was disabled before can be enabled again"
    await manager.act(host, demo, "stop", Manner())
    assert await now() == (False, True)
    assert "demo" in await manager.names(host)
    print("done")

asyncio.run(work())
"""


def test_init_scripts_are_run_and_linked(machine: Machine) -> None:
    machine.path("/etc/init.d/demo").write_text(SCRIPT)
    machine.path("/etc/init.d/demo").chmod(0o755)
    code = "PYTHONPATH=/opt/zester/code:/opt/zester/needs"
    done = machine.run("env", code, "python3", "-W", "error", "-c", WORK)
    assert done.stdout == "done\n"
    assert machine.run("cat", "/run/demo.said").stdout == "reload\n"
