"""``zester lint``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from zester.cli.lint import lint


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "states").mkdir(parents=True)
    (folder / "states" / "top.zy").write_text("base:\n  '*': [web]\n")
    (folder / "states" / "web.zy").write_text("a:\n  file.managed:\n    - mode: 0644\n")
    return folder


def _run(*args: str | Path) -> Result:
    return CliRunner().invoke(lint, [str(arg) for arg in args])


def test_information_alone_is_no_failure(tree: Path) -> None:
    result = _run(tree)

    assert result.exit_code == 0
    assert "states/web.zy:3:7: info:" in result.stdout
    assert "[unquoted-octal]" in result.stdout


def test_findings_as_json(tree: Path) -> None:
    (tree / "states" / "web.zy").write_text("a: {file.managd: []}\n")
    result = _run(tree, "-o", "json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {
            "file": "states/web.zy",
            "line": 1,
            "column": 5,
            "rule": "unknown-function",
            "severity": "error",
            "message": "there is no state function 'file.managd'",
            "hint": "did you mean 'file.managed'?",
        }
    ]


def test_only_the_rules_asked_for(tree: Path) -> None:
    result = _run(tree, "--rule", "syntax", "-o", "json")

    assert (result.exit_code, json.loads(result.stdout)) == (0, [])


def test_what_cannot_be_looked_at_is_exit_code_two(tree: Path, tmp_path: Path) -> None:
    assert _run(tmp_path / "gone").exit_code == 2
    assert _run(tree, "--rule", "nonsense").exit_code == 2
    assert _run(tree, "--facts", tmp_path / "gone").exit_code == 2
    assert _run(tree, "--settings", tmp_path / "gone").exit_code == 2


def test_a_tree_is_compiled_for_the_node_of_the_facts(tree: Path, tmp_path: Path) -> None:
    (tree / "states" / "web.zy").write_text("{{ pillar.x }}:\n  test.nop: []\n")
    (tmp_path / "facts.yaml").write_text("id: n1\n")
    (tmp_path / "settings.sls").write_text("x: y\n")
    bare = _run(tree, "--facts", tmp_path / "facts.yaml")
    given = ("--facts", tmp_path / "facts.yaml", "--settings", tmp_path / "settings.sls")

    assert (bare.exit_code, "[compile]" in bare.stdout) == (1, True)
    assert _run(tree, *given).exit_code == 0


def test_a_link_out_of_the_tree_is_told(tree: Path) -> None:
    (tree / "states" / "evil.zy").symlink_to("/etc/hostname")
    result = _run(tree)

    assert result.exit_code == 1
    assert "states/evil.zy: warning:" in result.stdout
