"""``zester-peel call`` as somebody who knows ``salt-call`` types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TREE = {
    "nodegroups.yaml": "fronts: web-*\n",
    "settings/top.zy": "base: {'*': [site]}\n",
    "settings/site.zy": "port: 80\nkey: sesame-open-now\n",
    "states/top.zy": "base: {'*': [hello]}\n",
    "states/hello.zy": "/hello:\n  file.managed:\n    - contents: port {{ pillar.port }}\n",
    "states/copied.zy": "/copied:\n  file.managed:\n    - source: salt://data\n",
    "states/data": "from the tree\n",
    "states/bad.zy": "bad: test.fail_without_changes\n",
    "states/secret.zy": "/s:\n  file.managed:\n    - contents: {{ pillar.key }}\n",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, text in TREE.items():
        file = tmp_path / "tree" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "root").mkdir()
    return tmp_path / "tree"


class Caller:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._folder = folder
        self._own = ["--root", "root", "--state-dir", "state", "--id", "web-01"]

    def __call__(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "zester_peel.main", "call", *self._own, *words],
            cwd=self._folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture
def call(tmp_path: Path, tree: Path) -> Caller:
    return Caller(tmp_path)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["test.ping"], "local:\n    True\n"),
        (["--local", "test.ping"], "local:\n    True\n"),
        (["test.ping", "--local"], "local:\n    True\n"),
        (["test.ping", "--out=json"], '{\n  "local": true\n}\n'),
        (["test.ping", "--out", "raw"], '{"local": true}\n'),
        (["test.ping", "-o", "txt"], "local: True\n"),
        (["test.ping", "--out=newline_values_only"], "True\n"),
        (["test.ping", "--out=quiet"], ""),
        (["grains.get", "id"], "local:\n    web-01\n"),
        (["test.arg", "1", "a b", "k={x: 2}", "-o", "json"], None),
        (["cmd.run", "echo one; echo two"], "local:\n    one\n    two\n"),
        (["--local", "tree", "pillar.get", "port"], "local:\n    80\n"),
        (["--local", "tree", "state.show_top"], "local:\n    - hello\n"),
        (["saltutil.running"], "local:\n    []\n"),
    ],
)
def test_answers_are_shown_as_salt_call_shows_them(
    call: Caller, words: list[str], wanted: str | None
) -> None:
    done = call(*words)
    if wanted is not None:
        assert done.stdout == wanted
    else:
        assert json.loads(done.stdout)["local"] == {"args": [1, "a b"], "kwargs": {"k": {"x": 2}}}


def test_states_are_tried_applied_and_run_alone(call: Caller) -> None:
    hello = call.root / "hello"
    tried = call("--local", "tree", "state.apply", "test=True")
    assert ("1 would change" in tried.stdout, hello.exists()) == (True, False)
    assert "1 would change" in call("--local", "tree", "--test", "state.apply").stdout
    applied = call("--local", "tree", "state.apply", "hello,copied", "-o", "json")
    states = json.loads(applied.stdout)["local"]
    assert {entry["__id__"]: entry["result"] for entry in states.values()} == {
        "/hello": True,
        "/copied": True,
    }
    assert (hello.read_text(), (call.root / "copied").read_text()) == (
        "port 80\n",
        "from the tree\n",
    )
    call("--local", "tree", "state.sls", "hello", "pillar={port: 81}")
    assert hello.read_text() == "port 81\n"
    call("state.single", "file.managed", "name=/one", "contents=1")
    assert (call.root / "one").read_text() == "1\n"
    failed = call("--local", "tree", "state.apply", "bad", code=2)
    assert "FAILED: test.fail_without_changes:bad" in failed.stdout


def test_failures_and_mistakes_are_told_apart(call: Caller) -> None:
    done = call("cmd.run", "echo no; exit 3", code=2)
    assert (done.stdout, done.stderr) == ("local:\n    no\n", "failed, exit code 3\n")
    done = call("tset.ping", code=1)
    assert "did you mean 'test.ping'?" in done.stderr
    done = call("cmd.run", "true", "shel=/bin/sh", code=1)
    assert "unknown parameter 'shel' (did you mean 'shell'?)" in done.stderr
    done = call("state.apply", code=1)
    assert "--local TREE" in done.stderr
    assert "Missing argument" in call(code=1).stderr


def test_facts_of_programs_are_known(call: Caller) -> None:
    (call.root / "etc").mkdir()
    (call.root / "etc/os-release").write_text("ID=debian\n")
    program = call.root / "etc/zester/facts.d/dc"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho dc=fra1\n")
    program.chmod(0o755)
    assert call("grains.get", "dc").stdout == "local:\n    fra1\n"


def test_own_facts_are_set_here_too(call: Caller) -> None:
    assert call("grains.setval", "role", "web").stdout == "local:\n    role: web\n"
    assert call("grains.get", "role").stdout == "local:\n    web\n"


def test_what_settings_hold_is_hidden_unless_asked_for(call: Caller) -> None:
    words = ("--local", "tree", "pillar.get", "key")
    assert "sesame" not in call(*words).stdout
    assert call(*words, "--reveal").stdout == "local:\n    sesame-open-now\n"
    applied = call("--local", "tree", "state.apply", "secret", "-o", "json")
    assert "sesame" not in applied.stdout
    assert (call.root / "s").read_text() == "sesame-open-now\n"
