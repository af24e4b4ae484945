"""Commands that a killed peel has left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.dev import alive, until
from zester.errors import HostError
from zester_peel.host.linux import LinuxHost
from zester_peel.host.processes.leash import Leash, Tie
from zester_peel.host.protocol import Launch


def start(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(("sh", "-c", script), start_new_session=True)


def tie(leash: Leash, process: subprocess.Popen[bytes]) -> Tie:
    made = leash.announce().__enter__()
    made.to(process.pid)
    return made


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_leftovers_are_ended_also_stubborn_ones_and_their_children(tmp_path: Path) -> None:
    leash = Leash(tmp_path / "commands")
    script = f"trap '' TERM; sleep 100 & echo $! >{tmp_path}/child.part;"
    stubborn = start(f"{script} mv {tmp_path}/child.part {tmp_path}/child; wait; wait")
    tie(leash, stubborn)
    until("the child runs", (tmp_path / "child").exists)
    child = int((tmp_path / "child").read_text())

    Leash(tmp_path / "commands").end_leftovers()

    assert stubborn.wait(5) == -signal.SIGKILL
    until("the child has ended", lambda: not alive(child))
    assert list((tmp_path / "commands").iterdir()) == []


def test_nothing_else_is_ended(tmp_path: Path) -> None:
    folder = tmp_path / "commands"
    leash = Leash(folder)
    untied, reused, rebooted = start("sleep 100"), start("sleep 100"), start("sleep 100")
    tie(leash, untied).__exit__(None, None, None)
    assert list(folder.iterdir()) == []
    tie(leash, reused)
    (file,) = folder.iterdir()
    boot, group, started = file.read_text().split()
    file.write_text(f"{boot} {group} {int(started) - 1}")
    (folder / "rebooted").write_text(f"another-boot {rebooted.pid} {started}")
    (folder / "empty").write_text("")
    for number, text in enumerate(("1", "0", "-1", "x", "999999999")):
        (folder / f"strange-{number}").write_text(f"{boot} {text} {started}")
        (folder / f"short-{number}").write_text(f"{boot} {text}")

    leash.end_leftovers()

    for process in (untied, reused, rebooted):
        assert process.poll() is None
        end(process)
    assert list(folder.iterdir()) == []


KILLED = """
import asyncio, os, signal, sys, time
from pathlib import Path
from zester_peel.host.linux import LinuxHost
from zester_peel.host.processes.leash import Leash, Tie
from zester_peel.host.protocol import Launch

def killed(tie, group):
    while not Path("runs").exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[1] == "before":
    Tie.to = killed
else:
    write = Tie._write
    Tie._write = lambda tie, text: (write(tie, text), text[0] == " " and killed(tie, 0))
script = "echo $$ >part; setsid sleep 300 & echo $! >>part; mv part runs; wait"
host = LinuxHost(Path("/"), leash=Leash(Path("commands")))
asyncio.run(host.run(("/bin/sh", "-c", script), cwd=os.getcwd(), launch=Launch(bound=True)))
"""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_was_started_is_found_whether_or_not_its_number_was_written_down(
    tmp_path: Path, moment: str
) -> None:
    done = subprocess.run((sys.executable, "-c", KILLED, moment), cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL
    runs = [int(word) for word in (tmp_path / "runs").read_text().split()]
    assert all(map(alive, runs))
    beside = start("sleep 100")

    Leash(tmp_path / "commands").end_leftovers()

    until("all have ended", lambda: not any(map(alive, runs)))
    assert beside.poll() is None
    end(beside)


def test_without_a_folder_there_is_nothing_to_do(tmp_path: Path) -> None:
    leash = Leash(tmp_path / "none")
    leash.end_leftovers()
    (tmp_path / "file").write_text("")
    with Leash(tmp_path / "file").announce() as tie:
        tie.to(os.getpid())


@pytest.mark.anyio
async def test_a_bound_command_is_remembered_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "commands"
    host = LinuxHost(Path("/"), leash=Leash(folder))
    argv = ("/bin/ls", str(folder))

    script = f"sleep 0.1; echo $ZESTER_COMMAND; ls {folder}; cat {folder}/*"
    bound = await host.run(("/bin/sh", "-c", script), launch=Launch(bound=True))
    name, file, _, group, _ = bound.stdout.split()
    assert name == file
    assert group == str(bound.pid)
    assert list(folder.iterdir()) == []
    with pytest.raises(HostError):
        await host.run(("/nowhere",), launch=Launch(bound=True))
    assert list(folder.iterdir()) == []
    free = await host.run(argv)
    assert free.stdout == ""
