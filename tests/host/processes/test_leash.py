"""Commands that a killed peel has left."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from support.dev import alive, until
from zester_peel.host.linux import LinuxHost
from zester_peel.host.processes.leash import Leash
from zester_peel.host.protocol import Launch


def start(script: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(("sh", "-c", script), start_new_session=True)


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def test_leftovers_are_ended_also_stubborn_ones_and_their_children(tmp_path: Path) -> None:
    leash = Leash(tmp_path / "commands")
    script = f"trap '' TERM; sleep 100 & echo $! >{tmp_path}/child.part;"
    stubborn = start(f"{script} mv {tmp_path}/child.part {tmp_path}/child; wait; wait")
    leash.tie(stubborn.pid)
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
    for process in (untied, reused, rebooted):
        leash.tie(process.pid)
    leash.untie(untied.pid)
    boot, _, started = (folder / str(reused.pid)).read_text().partition(" ")
    (folder / str(reused.pid)).write_text(f"{boot} {int(started) - 1}")
    (folder / str(rebooted.pid)).write_text(f"another-boot {started}")
    for name in ("1", "0", "-1", "x", "999999999"):
        (folder / name).write_text(f"{boot} {started}")

    leash.end_leftovers()

    for process in (untied, reused, rebooted):
        assert process.poll() is None
        end(process)
    assert list(folder.iterdir()) == []


def test_without_a_folder_there_is_nothing_to_do(tmp_path: Path) -> None:
    leash = Leash(tmp_path / "none")
    leash.end_leftovers()
    leash.untie(5)
    (tmp_path / "file").write_text("")
    Leash(tmp_path / "file").tie(os.getpid())


@pytest.mark.anyio
async def test_a_bound_command_is_remembered_while_it_runs(tmp_path: Path) -> None:
    folder = tmp_path / "commands"
    host = LinuxHost(Path("/"), leash=Leash(folder))
    argv = ("/bin/ls", str(folder))

    bound = await host.run(("/bin/sh", "-c", f"sleep 0.1; ls {folder}"), launch=Launch(bound=True))
    assert bound.stdout.split() == [str(bound.pid)]
    assert list(folder.iterdir()) == []
    free = await host.run(argv)
    assert free.stdout == ""
