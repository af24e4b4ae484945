"""What execution functions answer."""

from __future__ import annotations

import hashlib
import inspect
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from zester.errors import ParameterError, StateError
from zester_peel.modules.calling.call import Answer
from zester_peel.modules.calling.registry import find, names

pytestmark = pytest.mark.anyio

RunFunction = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("name", "args", "wanted"),
    [
        ("test.ping", (), True),
        ("test.echo", ("x",), "x"),
        ("test.fib", (10,), 55),
        ("test.arg", (1, "a"), {"args": [1, "a"], "kwargs": {}}),
        ("test.arg_type", (1, None), {"args": ["int", "NoneType"], "kwargs": {}}),
        ("facts.get", ("os",), "Debian"),
        ("grains.get", ("os.family",), "debian"),
        ("facts.get", ("network:ipv4:0",), "10.0.0.1"),
        ("facts.get", ("nothing",), ""),
        ("facts.get", ("nothing", 5), 5),
        ("grains.item", ("os", "nothing"), {"os": "Debian"}),
        ("facts.has_value", ("empty",), False),
        ("settings.get", ("nginx:port",), 80),
        ("pillar.get", ("nginx", {"x": 1}, True), {"x": 1, "port": 80, "workers": 2}),
        ("pillar.ls", (), ["name", "nginx"]),
        ("settings.keys", ("nginx",), ["port", "workers"]),
        ("pillar.items", ("name",), {"name": "x"}),
        ("sys.argspec", ("test.echo",), {"text": None}),
        ("saltutil.kill_job", ("20260101-000000-aaaaaa",), False),
        ("saltutil.running", (), []),
    ],
)
async def test_what_is_asked_is_answered(
    run_function: RunFunction,
    name: str,
    args: tuple[object, ...],
    wanted: object,
) -> None:
    assert await run_function(name, *args) == wanted


async def test_commands_answer_what_became_of_them(
    run_function: RunFunction, tmp_path: Path
) -> None:
    assert await run_function("cmd.run", "echo a; echo b >&2; exit 2") == Answer("a\nb", False, 2)
    assert await run_function("cmd.retcode", "exit 4", success_retcodes=[4]) == Answer(4, True, 0)
    found = await run_function("cmd.run_all", "printf x; printf y >&2")
    assert (found.value["stdout"], found.value["stderr"], found.value["retcode"]) == ("x", "y", 0)
    assert (await run_function("cmd.run", "echo $A", env=[{"A": 5}])).value == "5"
    assert (await run_function("cmd.run", "echo $A *", python_shell=False)).value == "$A *"
    assert (await run_function("cmd.run_stdout", "cat", stdin="in")).value == "in"
    (tmp_path / "script").write_text('#!/bin/sh -e\necho "got $1"\n')
    assert (await run_function("cmd.script", "/script", args="'a b'")).value["stdout"] == "got a b"


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "message"),
    [
        ("cmd.run", (), {}, "missing a required argument: 'cmd'"),
        ("cmd.run", ("true",), {"timeout": "soon"}, "parameter 'timeout': input should be a valid"),
        ("cmd.run", ("true",), {"runsa": "x"}, "unknown parameter 'runsa' (did you mean 'runas'?)"),
        ("test.ping", (1,), {}, "too many positional arguments"),
        ("cmd.run", ("true",), {"umask": "9"}, "'9' is not a umask"),
    ],
)
async def test_wrong_arguments_are_named(
    run_function: RunFunction,
    name: str,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    message: str,
) -> None:
    with pytest.raises((ParameterError, StateError)) as caught:
        await run_function(name, *args, **kwargs)
    assert message in str(caught.value)


async def test_every_function_is_there_and_documented(run_function: RunFunction) -> None:
    listed = await run_function("sys.list_functions")
    assert {"test.ping", "cmd.run", "sys.doc"} <= set(listed)
    index = await run_function("sys.doc")
    assert set(index) == set(names())
    for name in names():
        assert inspect.iscoroutinefunction(find(name))
        assert index[name], name
    told = await run_function("sys.doc", "grains.get")
    assert told["facts.get"].startswith("facts.get(key, default='', delimiter=':')\n\nAnswer a")
    with pytest.raises(StateError, match=r"did you mean 'test\.ping'"):
        await run_function("sys.doc", "test.pong")


async def test_files_and_accounts_are_looked_at(run_function: RunFunction, tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text(
        "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000:Web,1,2,3,4:/srv:/bin/false\n"
    )
    (tmp_path / "etc/group").write_text("root:x:0:\nweb:x:1000:\nops:x:2000:web\n")
    assert await run_function("user.list_users") == ["root", "web"]
    web = await run_function("user.info", "web")
    assert (web["uid"], web["groups"], web["fullname"]) == (1000, ["ops", "web"], "Web")
    assert await run_function("user.info", "nobody-there") == {}
    assert await run_function("group.info", "ops") == {
        "name": "ops",
        "gid": 2000,
        "members": ["web"],
    }
    file = tmp_path / "f"
    file.write_text("one\ntwo\n")
    file.chmod(0o640)
    (tmp_path / "l").symlink_to("/f")
    assert await run_function("file.read", "/f") == "one\ntwo\n"
    assert await run_function("file.search", "/f", "^two$")
    assert await run_function("file.contains", "/nothing", "x") is False
    assert await run_function("file.readlink", "/l") == "/f"
    assert await run_function("file.get_mode", "/l") == "0640"
    assert (await run_function("file.stats", "/f"))["size"] == 8
    digest = hashlib.sha256(b"one\ntwo\n").hexdigest()
    assert await run_function("file.get_hash", "/f") == digest
    with pytest.raises(StateError, match="not an absolute path"):
        await run_function("file.read", "etc/passwd")


async def test_what_a_machine_cannot_do_is_said(run_function: RunFunction) -> None:
    with pytest.raises(StateError, match="services below"):
        await run_function("service.status", "nginx")
    with pytest.raises(StateError, match="no package manager"):
        await run_function("pkg.version", "nginx")


def test_documentation_is_there_where_python_leaves_it_out() -> None:
    script = (
        "from zester_peel.modules.calling.registry import find, names\n"
        "from zester_peel.modules.sys import documentation\n"
        "print([name for name in names() if not documentation(find(name))])"
    )
    done = subprocess.run([sys.executable, "-OO", "-c", script], capture_output=True, check=True)
    assert done.stdout == b"[]\n"
