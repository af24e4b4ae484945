"""Somebody else writes what the peel manages, at the same time: nothing of theirs is lost."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hosts.conftest import Figure
from hosts.site import Site
from hosts.systemd.machine import Machine
from hosts.systemd.services.demo import soon
from support.dev import until

LINES = 60
WRITER = f"""
import os, time
for number in range({LINES}):
    text = open("/etc/shared.conf").read()
    with open("/etc/.theirs", "w") as file:
        file.write(f"{{text}}theirs-{{number}} = 1\\n")
    os.rename("/etc/.theirs", "/etc/shared.conf")
    time.sleep(0.05)
"""
VIPW = """
import ctypes, time
libc = ctypes.CDLL(None, use_errno=True)
assert libc.lckpwdf() == 0
print("locked", flush=True)
for name, line in (("passwd", "theirs:x:4242:4242::/:/bin/false"), ("group", "theirs:x:4242:")):
    with open(f"/etc/{name}", "a") as file:
        file.write(f"{line}\\n")
time.sleep(2)
libc.ulckpwdf()
"""
REWRITER = """
import time
for number in range(10_000):
    with open("/etc/owned.conf", "w") as file:
        file.write(f"theirs {number}\\n")
    time.sleep(0.02)
"""


@contextmanager
def beside(machine: Machine, code: str) -> Iterator[subprocess.Popen[str]]:
    """Run Python inside meanwhile; it ends with the block."""
    argv = ("nsenter", "-t", str(machine.leader), "-a", "--", "python3", "-c", code)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def held(machine: Machine, path: str) -> list[str]:
    return machine.run("cat", path).stdout.splitlines()


def test_lines_of_another_program_stay_beside_ours(peel: Machine, site: Site) -> None:
    shared = {"name": "/etc/shared.conf"}
    entries = {"key_values": {"ours": "1"}, "separator": "=", "append_if_not_found": True}
    states = {
        "line": {"file.append": [shared, {"text": ["our line"]}]},
        "key": {"file.keyvalue": [shared, *({key: value} for key, value in entries.items())]},
        "block": {
            "file.blockreplace": [
                *(shared, {"content": "in our block"}, {"append_if_not_found": True}),
                *({"marker_start": "# ours"}, {"marker_end": "# end of ours"}),
            ]
        },
    }
    peel.path("/etc/shared.conf").write_text("first\n")
    with beside(peel, WRITER) as writer:
        # What they write between a change of ours and the look after it is told as a failure.
        site.push(json.dumps(states), code=None)
        assert writer.wait(30) == 0
    ours = {"first", "our line", "ours=1", "in our block"}
    soon("ours is all there", lambda: ours <= set(held(peel, "/etc/shared.conf")))
    lines = held(peel, "/etc/shared.conf")
    assert [f"theirs-{number} = 1" for number in range(LINES)] == [
        line for line in lines if line.startswith("theirs-")
    ]
    assert len(lines) == len(set(lines)), "nothing is there twice"


def test_what_was_open_in_an_editor_is_saved_and_ours_comes_back(peel: Machine, site: Site) -> None:
    job = {"cron.present": [{"name": "/bin/true"}, {"identifier": "ours"}, {"minute": 7}]}
    line = {"file.append": [{"name": "/etc/shared.conf"}, {"text": ["our line"]}]}
    peel.path("/etc/shared.conf").write_text("first\n")
    peel.run("crontab", "-", text="1 1 1 1 1 /bin/first\n")
    opened = peel.run("cat", "/etc/shared.conf").stdout
    table = peel.run("crontab", "-l").stdout
    site.push(json.dumps({"job": job, "line": line}))
    assert "our line" in held(peel, "/etc/shared.conf")

    peel.run("crontab", "-", text=f"{table}2 2 2 2 2 /bin/theirs\n")
    # Beside and renamed, as editors save: what is still being written in place may be replaced.
    save = "cat >/etc/shared.conf.new && mv /etc/shared.conf.new /etc/shared.conf"
    peel.run("sh", "-c", save, text=f"{opened}their line\n")
    wished = ["first", "their line", "our line"]
    soon("our line is back", lambda: held(peel, "/etc/shared.conf") == wished)
    soon("our job is back", lambda: "7 * * * * /bin/true" in peel.run("crontab", "-l").stdout)
    jobs = peel.run("crontab", "-l").stdout
    assert "/bin/first" in jobs
    assert "/bin/theirs" in jobs


def test_accounts_are_added_after_whoever_has_them_locked(peel: Machine, site: Site) -> None:
    with beside(peel, VIPW) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        states = {f"ours{number}": {"user.present": [{"uid": 5000 + number}]} for number in (1, 2)}
        site.push(json.dumps(states))
        assert other.wait(10) == 0
    for name, uid in {"theirs": 4242, "ours1": 5001, "ours2": 5002}.items():
        assert peel.run("id", "-u", name).stdout == f"{uid}\n"


def test_who_never_stops_is_contested_and_loses_in_the_end(
    peel: Machine, site: Site, figure: Figure
) -> None:
    owned = {"file.managed": [{"name": "/etc/owned.conf"}, {"contents": "ours"}]}
    site.push(json.dumps({"owned": owned}))

    def contested() -> bool:
        conditions = site.peel()["status"]["conditions"]
        return any(one["type"] == "Contested" for one in conditions)

    with beside(peel, REWRITER):
        until("the file is contested", contested)
    begun = time.perf_counter()
    until("ours is back", lambda: held(peel, "/etc/owned.conf") == ["ours"], timeout=90)
    took = time.perf_counter() - begun
    figure(f"another writer gives up → the contested file is ours: {took:.1f} s")
