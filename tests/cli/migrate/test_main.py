"""The command as a process: exit codes, what it prints, the master's configuration."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., tuple[int, dict[str, Any]]]
Put = Callable[[Mapping[str, str | bytes]], None]


def _process(*args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zester.cli.migrate.main", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: {test.nop: []}\n", 0),
        ("a:\n  test.nop:\n    - require:\n      - test: b\n", 1),
        ("{% if", 2),
    ],
)
def test_the_exit_code_tells_how_it_went(tree: Path, put: Put, text: str, code: int) -> None:
    put({"a.sls": text})
    result = _process(tree)
    assert result.returncode == code, result
    assert result.stderr == ""
    assert "a.sls" in result.stdout


def test_mistakes_of_the_caller_are_errors(tree: Path) -> None:
    assert _process().returncode == 2
    assert _process(tree / "gone").returncode == 2
    assert _process(tree, "--nope").returncode == 2
    result = _process(tree, "--master-config", tree / "gone")
    assert result.returncode == 2
    (tree / "a.sls").write_text("")
    result = _process(tree / "a.sls", "--verify")
    assert result.returncode == 2
    assert "--states" in result.stderr


def test_help_and_version(tree: Path) -> None:
    result = _process("--help")
    assert result.returncode == 0
    assert "--reference-style" in result.stdout
    assert _process("--version").stdout.startswith("zester-migrate, version ")


def test_what_it_prints(tree: Path, put: Put) -> None:
    put({"a.sls": "x:\n  file.managed:\n    - mode: 0644\n    - require:\n      - pkg: b\n"})
    assert _process(tree, "--diff").stdout == (
        "a.sls → a.zy: modes 1\n"
        "  warning: a.sls:5: requisite 'pkg: b' is in dict form; the string form is"
        ' "pkg.<function>:b"\n'
        "    hint: what it points at is not declared under that name in these files\n"
        "--- a/a.sls\n+++ b/a.zy\n@@ -1,5 +1,5 @@\n x:\n   file.managed:\n"
        '-    - mode: 0644\n+    - mode: "0644"\n     - require:\n       - pkg: b\n'
        "1 file, 1 to change, 1 warning\n"
        "nothing was written; --write does it\n"
    )
    assert _process(tree, "--write").stdout.endswith("1 file, 1 changed, 1 warning\n")
    assert _process(tree).stdout.endswith("1 file, 0 to change, 1 warning\n")


def test_the_masters_configuration_is_told_its_places(tree: Path, tmp_path: Path, run: Run) -> None:
    config = tmp_path / "master"
    config.write_text(
        "file_roots:\n  base: [/srv/salt, /srv/Formulas_1]\n  dev: /srv/dev\n"
        "pillar_roots: {base: [/srv/pillar]}\n"
        "nodegroups:\n  web: 'G@role:web and web*'\n  db: [db1, db2]\n"
        "worker_threads: 5\n"
    )
    code, report = run("--master-config", config)
    assert code == 0
    advice = [(item["setting"], item["value"]) for item in report["master_config"]]
    assert advice == [
        ("file_roots:base", "/srv/salt"),
        ("file_roots:base", "/srv/Formulas_1"),
        ("file_roots:dev", "/srv/dev"),
        ("pillar_roots:base", "/srv/pillar"),
        ("nodegroups:web", "G@role:web and web*"),
        ("nodegroups:db", json.dumps(["db1", "db2"])),
    ]
    writes = [item["write"] for item in report["master_config"]]
    assert writes[0] == "copy it to states/ of a tree, then: zester push TREE --env base"
    assert writes[1].endswith("--env base --source formulas-1 --priority 49")
    assert writes[3].startswith("copy it to settings/")
    assert "nodegroups.yaml" in writes[4]


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 0), ("file_roots: 5\nnodegroups: [x]\n", 0), ("- a\n", 2), ("a: [\n", 2), ("\t{", 2)],
)
def test_odd_configurations(tree: Path, tmp_path: Path, text: str, code: int) -> None:
    config = tmp_path / "master"
    config.write_text(text)
    result = _process(tree, "--master-config", config)
    assert result.returncode == code, result
    assert "Traceback" not in result.stderr
