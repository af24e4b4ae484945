"""``cmd.run`` and ``cmd.wait``."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from zester.compiler.lowstate import LowChunk
from zester.errors import At
from zester_peel.engine.converge import Engine
from zester_peel.engine.outcome import Cause, Outcome

pytestmark = pytest.mark.anyio

Call = Callable[..., Awaitable[Outcome]]
Tree = Any  # the one of conftest, which tests cannot import


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
    assert missing.comment == 'Desired working directory "/gone" is not available'


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


async def test_codes_and_words_that_mean_success(call: Call) -> None:
    for args in (
        {"success_retcodes": "3,4"},
        {"success_stdout": ["all", "fine"]},
        {"success_stderr": "odd but good"},
    ):
        command = "echo quite fine; echo odd but good >&2; exit 4"
        found = await call("cmd.run", command, **args)
        assert (found.result, found.changes.get("retcode")) == (True, 0), found.comment
    found = await call("cmd.run", "echo other; exit 4", success_stdout="fine")
    assert (found.result, found.changes["retcode"]) == (False, 4)


async def test_masks_paths_and_input(call: Call, root: Path) -> None:
    await call("cmd.run", "touch f; mkdir d", umask="077")
    assert ((root / "f").stat().st_mode & 0o777, (root / "d").stat().st_mode & 0o777) == (
        0o600,
        0o700,
    )
    found = await call("cmd.run", "echo $PATH", prepend_path="/opt/first", env={"PATH": "/bin"})
    assert found.changes["stdout"] == "/opt/first:/bin"
    fed = await call("cmd.run", "cat", stdin="two\nlines")
    assert fed.changes["stdout"] == "two\nlines"
    unknown = await call("cmd.run", "true", group="no-such-group")
    assert "there is no such group" in unknown.comment


@pytest.mark.parametrize(
    ("output", "changes", "comment"),
    [
        ('echo \'{"changed": true, "comment": "made", "x": 1}\'', {"x": 1, "stdout": ""}, "made"),
        (
            """echo before; echo "changed=yes comment='it is' x=1" """,
            {"x": "1", "stdout": "before"},
            "it is",
        ),
        ("echo before; echo changed=no comment=same", None, "same"),
        ("echo '{}'", None, "Command \"echo '{}'\" run"),
        ("echo warned >&2", None, "warned"),
    ],
)
async def test_a_stateful_command_tells_itself_what_changed(
    call: Call, output: str, changes: dict[str, object] | None, comment: str
) -> None:
    found = await call("cmd.run", output, stateful=True)
    assert (found.result, found.comment) == (True, comment)
    if changes is None:
        assert found.changes == {}
    else:
        assert changes.items() <= found.changes.items()
        assert found.changes["retcode"] == 0


@pytest.mark.parametrize("output", ["[1]", "a=b=c", "no pairs here", "changed=perhaps"])
async def test_what_a_stateful_command_may_not_say(call: Call, output: str) -> None:
    assert (await call("cmd.run", f"echo '{output}'", stateful=True)).result is False
    failed = await call("cmd.run", "echo changed=yes; exit 2", stateful=True)
    assert (failed.result, failed.changes["retcode"]) == (False, 2)


async def test_a_stateful_command_is_predicted_by_another(call: Call, root: Path) -> None:
    done = "touch done; echo changed=yes comment=made"
    test = "test -e done && echo changed=no comment=there || echo changed=yes comment=would"
    args = {"stateful": [{"test_name": test}], "cwd": "/"}
    predicted = await call("cmd.run", done, test=True, **args)
    assert (predicted.result, predicted.comment) == (None, "would")
    assert not (root / "done").exists()
    assert (await call("cmd.run", done, **args)).comment == "made"
    again = await call("cmd.run", done, test=True, **args)
    assert (again.result, again.changes, again.comment) == (True, {}, "there")


async def test_a_time_out_can_be_fine(call: Call) -> None:
    found = await call("cmd.run", "sleep 60", timeout=0.2, ignore_timeout=True)
    assert (found.result, found.changes["stdout"]) == (True, "Timed out after 0.2 seconds")


async def test_in_the_background(call: Call, root: Path) -> None:
    os.mkfifo(root / "go")
    found = await call("cmd.run", "read x <go; echo $x >came.part; mv came.part came", bg=True)
    assert (found.result, set(found.changes)) == (True, {"pid"})
    assert not (root / "came").exists(), "nobody has waited for it"
    (root / "go").write_text("hello\n")
    with anyio.fail_after(30):
        while not (root / "came").exists():  # noqa: ASYNC110 - another process
            await anyio.sleep(0.01)
    assert (root / "came").read_text() == "hello\n"


async def test_a_script_of_the_tree(call: Call, root: Path, tree: Tree) -> None:
    tree.files["say.sh"] = b'#!/bin/sh\necho "$0" >&2\nfor each; do echo "<$each>"; done\n'
    tree.files["plain"] = b"echo plain {{who}} $1\n"
    for args in ({"source": "salt://say.sh"}, {}):
        name = "salt://say.sh one 'two words'"
        predicted = await call("cmd.script", name, test=True, **args)
        assert (predicted.result, predicted.comment) == (
            None,
            f"Command '{name}' would have been executed",
        )
        found = await call("cmd.script", name, **args)
        assert (found.result, found.comment) == (True, f"Command '{name}' run")
        assert found.changes["stdout"] == "<one>\n<two words>"
        assert not Path(found.changes["stderr"]).exists(), "the script is still there"
    found = await call(
        "cmd.script",
        "it",
        source="salt://plain",
        template="jinja",
        context={"who": "you"},
        args="a b",
    )
    assert found.changes["stdout"] == "plain you a"
    missing = await call("cmd.script", "salt://sya.sh")
    assert "did you mean 'say.sh'?" in missing.comment
    no_source = await call("cmd.script", "echo hello")
    assert no_source.result is False
    kept = await call("cmd.script", "it", source="salt://say.sh", args=["$HOME", "; ls"])
    assert kept.changes["stdout"] == "<$HOME>\n<; ls>"


async def test_a_local_script_and_one_that_waits(call: Call, root: Path) -> None:
    (root / "x.sh").write_text("#!/bin/sh\nexit 3\n")
    found = await call("cmd.script", "/x.sh")
    assert (found.result, found.changes["retcode"]) == (False, 3)
    waiting = await call("cmd.wait_script", "/x.sh")
    assert (waiting.result, waiting.changes) == (True, {})
