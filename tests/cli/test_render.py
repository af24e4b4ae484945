"""``zester render``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from zester.cli.render.command import render
from zester.errors import CompileError, RenderError


@pytest.fixture
def states(tmp_path: Path) -> Path:
    folder = tmp_path / "states"
    (folder / "web").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.sls").write_text("{{")
    (folder / "top.sls").write_text("base:\n  'os:Plan9':\n    - web\n  '*': ['w*']\n")
    (folder / "web" / "init.sls").write_text(
        "{{ pillar.get('name', 'none') }}:\n  file.managed:\n    - mode: 0644\n"
        "    - user: {{ grains.os }}-{{ saltenv }}\n"
    )
    (tmp_path / "facts.yaml").write_text("os: Plan9\nid: n1\n")
    return folder


def _run(*args: str | Path) -> Result:
    result = CliRunner().invoke(render, [str(arg) for arg in args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_low_state_in_salts_shape(states: Path, tmp_path: Path) -> None:
    result = _run("--states", states, "--facts", tmp_path / "facts.yaml", "-o", "json")
    assert json.loads(result.stdout) == [
        {
            "state": "file",
            "fun": "managed",
            "name": "none",
            "__id__": "none",
            "__sls__": "web",
            "__env__": "base",
            "order": 10000,
            "mode": "0644",
            "user": "Plan9-base",
        }
    ]


def test_settings_from_a_file_or_a_folder(states: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pillar"
    folder.mkdir()
    (folder / "top.sls").write_text("dev:\n  n1: [a]\n")
    (folder / "a.sls").write_text("name: from-{{ grains.id }}\n")
    facts = tmp_path / "facts.yaml"
    for settings in (folder, folder / "a.sls"):
        result = _run(
            *("--states", states, "--settings", settings, "--facts", facts),
            *("--saltenv", "dev", "web"),
        )
        (chunk,) = yaml.safe_load(result.stdout)
        assert (chunk["name"], chunk["__env__"]) == ("from-n1", "dev")


def test_without_facts_this_machine_counts(states: Path) -> None:
    (states / "id.sls").write_text("{{ grains.id }}: {test.nop: []}\n")
    (chunk,) = yaml.safe_load(_run("--states", states, "id").stdout)
    assert chunk["name"]


def test_errors_are_raised_for_the_entry_point_to_show(states: Path, tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="there is no state file 'gone'"):
        _run("--states", states, "gone")
    (states / "bad.sls").write_text("a: 1\n{{ nope }}\n")
    with pytest.raises(RenderError, match=r"bad.sls:2: 'nope' is undefined"):
        _run("--states", states, "bad")
    (tmp_path / "facts.yaml").write_text("- a\n")
    with pytest.raises(CompileError, match="facts are not a mapping"):
        _run("--states", states, "--facts", tmp_path / "facts.yaml")


def test_nothing_outside_the_folder_is_read(states: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.sls").write_text("secret: {test.nop: []}\n")
    (states / "evil.sls").write_text("{% include '../secret.sls' %}\n")
    with pytest.raises(RenderError, match="leads out of the tree"):
        _run("--states", states, "evil")
    with pytest.raises(CompileError):
        _run("--states", states, f"{tmp_path}/secret")
