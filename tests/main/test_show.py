"""``zester-peel show`` as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

TREE = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": "include: [py]\nmotd-{{ facts.id }}:\n  file.managed:\n"
    "    - name: /motd\n    - mode: {{ settings.mode }}\n    - require: [{test: p}]\n"
    "two:\n  test.nop:\n    - names: [x, y: [{k: 1}]]\n",
    "states/py.sls": "#!py\ndef run():\n    return {'p': {'test.nop': [{'e': __env__}]}}\n",
    "settings/top.zy": "base:\n  '*':\n    - s\n",
    "settings/s.zy": '#!jinja|json\n{"mode": "06{{ 2 + 2 }}0"}\n',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for path, text in TREE.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def show(*args: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "zester_peel.main", "show", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_the_low_state_has_the_facts_of_this_machine(tree: Path) -> None:
    chunks = json.loads(show("lowstate", "--local", tree, "--id", "n1", "-o", "json").stdout)
    assert [chunk["__id__"] for chunk in chunks] == ["p", "motd-n1", "two", "two"]
    assert (chunks[0]["e"], chunks[1]["mode"], chunks[1]["order"]) == ("base", 640, 10001)
    named = json.loads(show("lowstate", "py", "--local", tree, "-o", "json").stdout)
    assert [chunk["__id__"] for chunk in named] == ["p"]


def test_the_high_state_has_salts_shape(tree: Path) -> None:
    high = yaml.safe_load(show("highstate", "--local", tree, "--id", "n1").stdout)
    assert high["motd-n1"] == {
        "__sls__": "web",
        "__env__": "base",
        "file": [
            *({"name": "/motd"}, {"mode": 640}, {"require": [{"test": "p"}]}),
            *("managed", {"order": 10001}),
        ],
    }
    assert high["p"]["__sls_included_from__"] == ["web"]
    assert [list(name) for name in high["two"]["test"][0]["names"]] == [["x"], ["y"]]
    assert list(yaml.safe_load(show("sls", "py", "--local", tree).stdout)) == ["p"]


def test_what_is_assigned_and_what_is_set(tree: Path) -> None:
    assert yaml.safe_load(show("top", "--local", tree).stdout) == {"base": ["web"]}
    assert yaml.safe_load(show("settings", "--local", tree).stdout) == {"mode": "0640"}
    (tree / "states/web.zy").write_text("{{ broken")
    assert yaml.safe_load(show("settings", "--local", tree).stdout) == {"mode": "0640"}
    assert "web.zy:1" in show("top", "--local", tree, code=1).stderr


def test_settings_can_be_given_as_a_file(tree: Path) -> None:
    given = tree / "given.yaml"
    given.write_text("mode: '0600'\n")
    done = show("settings", "--local", tree, "--settings", given, "-o", "json")
    assert json.loads(done.stdout) == {"mode": "0600"}


def test_mistakes_are_told_without_a_traceback(tree: Path, tmp_path: Path) -> None:
    assert "name a state file" in show("sls", "--local", tree, code=1).stderr
    assert "'nothing'" in show("nothing", code=1).stderr
    state = tmp_path / "state"
    told = show("lowstate", "--state-dir", state, "--id", "n1", code=1).stderr
    assert "holds no tree of 'base'" in told
    assert "--local TREE" in told
    assert not state.exists()
