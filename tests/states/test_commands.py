"""``cmd.run`` and ``cmd.wait``."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Outcome]]


async def test_a_command_runs_and_tells_all(call: Call, root: Path) -> None:
    found = await call("cmd.run", "echo out; echo err >&2; touch done")
    assert found.result is True
    assert found.comment == 'Command "echo out; echo err >&2; touch done" run'
    assert found.changes["pid"] > 0
    rest = {key: value for key, value in found.changes.items() if key != "pid"}
    assert rest == {"retcode": 0, "stdout": "out", "stderr": "err"}
    assert (root / "done").exists()


async def test_test_mode_does_not_run_it(call: Call, root: Path) -> None:
    found = await call("cmd.run", "touch done", test=True)
    assert (found.result, found.changes) == (None, {"cmd": "touch done"})
    assert found.comment == 'Command "touch done" would have been executed'
    assert not (root / "done").exists()


async def test_a_code_is_a_failure_with_all_it_printed(call: Call) -> None:
    found = await call("cmd.run", "echo out; exit 3")
    assert found.result is False
    assert found.changes["retcode"] == 3
    assert found.changes["stdout"] == "out"
    good = await call("cmd.run", "exit 3", success_retcodes=[3, "4"])
    assert good.result is True


async def test_where_and_with_what_it_runs(call: Call, root: Path) -> None:
    (root / "sub dir").mkdir()
    found = await call(
        "cmd.run",
        'echo "$PWD $A $B"',
        cwd="/sub dir",
        env=[{"A": 1}, {"B": "two words"}],
        timeout="20",
    )
    assert found.changes["stdout"] == f"{root}/sub dir 1 two words"
    missing = await call("cmd.run", "true", cwd="/gone")
    assert missing.result is False
    assert "in /gone: there is no such directory" in missing.comment


async def test_arguments_mean_no_shell(call: Call) -> None:
    found = await call("cmd.run", "an id", cmd="echo", args=["$HOME", ";", "a  b", 5])
    assert found.changes["stdout"] == "$HOME ; a  b 5"
    one = await call("cmd.run", "echo", args="$HOME")
    assert one.changes["stdout"] == "$HOME"


async def test_another_shell(call: Call) -> None:
    args = {"shell": "/bin/bash"}
    found = await call("cmd.run", "echo ${BASH_VERSION:+bash}", **args)
    assert found.changes["stdout"] == "bash"


async def test_output_can_be_hidden(call: Call) -> None:
    found = await call("cmd.run", "echo secret", hide_output=True, output_loglevel="quiet")
    assert (found.changes["stdout"], found.changes["stderr"]) == ("", "")


async def test_the_deadline_fails_it(call: Call) -> None:
    found = await call("cmd.run", "sleep 60", timeout=0.2)
    assert found.result is False
    assert "ran past its 0.2 s and was ended" in found.comment


async def test_what_cannot_run_says_why(call: Call) -> None:
    found = await call("cmd.run", "x", args=["y"], cmd="/no/such/program")
    assert found.result is False
    assert "cannot run '/no/such/program': no such file or directory" in found.comment
    for wrong in ({"timeout": -1}, {"env": "A"}, {"umask": "rw"}, {"success_retcodes": ["x"]}):
        assert (await call("cmd.run", "true", **wrong)).result is False


async def test_another_user(call: Call) -> None:
    if os.geteuid() == 0:
        found = await call("cmd.run", "id -un", runas="daemon", cwd="/")
        assert found.changes["stdout"] == "daemon"
    unknown = await call("cmd.run", "id", runas="nobody-we-know")
    assert "there is no such user" in unknown.comment


async def test_wait_runs_only_after_a_change(engine: Engine, root: Path) -> None:
    at = At("web.sls", 1)
    chunks = [
        LowChunk("file", "managed", "/f", "f", "web", "base", at, 10_000, {"contents": "x"}),
        LowChunk(
            "cmd",
            "wait",
            "echo x >> ran",
            "w",
            "web",
            "base",
            at,
            10_001,
            requisites={"watch": (("file", "f"),)},
        ),
    ]
    program = engine.program(chunks)
    first = await engine.run(program, cause=Cause.REVISION)
    assert [bool(outcome.changes) for outcome in first.outcomes] == [True, True]
    for cause in (Cause.REVISION, Cause.RESYNC):
        again = await engine.run(program, cause=cause)
        assert not again.changed
        assert not again.failed
    (root / "f").unlink()
    await engine.run(program, cause=Cause.DRIFT, only=frozenset({"file.managed:f"}))
    assert (root / "ran").read_text() == "x\nx\n"
