"""``zester render``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from zester.cli.render.command import render
from zester.errors import CompileError, RenderError, YamlError


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
            "name": "none",
            "__sls__": "web",
            "__env__": "base",
            "__id__": "none",
            "mode": 644,
            "user": "Plan9-base",
            "order": 10000,
            "fun": "managed",
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


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Folders base and dev, each a states root, with settings of both beside them."""
    write(
        tmp_path,
        {
            "base/top.sls": "base:\n  '*': [a]\ndev:\n  fronts: [{match: nodegroup}, x]\n",
            "base/a.sls": "include:\n  - dev: y\na-{{ pillar.k }}: test.nop\n",
            "dev/x.sls": "x-{{ saltenv }}: test.nop\n",
            "dev/y.sls": "y-{{ saltenv }}: test.nop\n",
            "pbase/top.sls": "base:\n  '*': [s]\ndev:\n  '*': [t]\n",
            "pbase/s.sls": "k: base\nl: [1]\n",
            "pdev/t.sls": "k: dev\nl: [2]\n",
            "facts.json": '{"id": "n1"}',
            "groups.yaml": "fronts: [n1, n2]\n",
        },
    )
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def _ids(result: Result) -> list[str]:
    return [chunk["__id__"] for chunk in json.loads(result.stdout)]


def test_several_environments(several: Path) -> None:
    roots: list[str | Path] = ["--states", f"base={several}/base", "--states", f"dev={several}/dev"]
    settings: list[str | Path] = [
        "--settings",
        f"base={several}/pbase",
        "--settings",
        f"dev={several}/pdev",
    ]
    rest: list[str | Path] = [
        "--facts",
        several / "facts.json",
        "--nodegroups",
        several / "groups.yaml",
    ]
    ids = _ids(_run(*roots, *settings, *rest, "-o", "json"))
    assert ids == ["y-dev", "a-dev", "x-dev"]
    ids = _ids(_run(*roots, *settings, *rest, "-o", "json", "--saltenv", "dev", "x"))
    assert ids == ["x-dev"]
    with pytest.raises(CompileError, match="no environment 'prod'"):
        _run(*roots, *rest, "--saltenv", "prod", "x")
    with pytest.raises(CompileError, match="no environment 'prod'"):
        _run(*roots, *rest, "--saltenv", "prod", "--each")


def test_strategies_are_chosen_by_flags(several: Path) -> None:
    states = several / "one"
    write(states, {"l.sls": "l{{ pillar.l | join }}: test.nop\n"})
    settings: list[str | Path] = [
        "--settings",
        f"base={several}/pbase",
        "--settings",
        f"dev={several}/pdev",
    ]
    assert _ids(_run("--states", states, *settings, "l", "-o", "json")) == ["l2"]
    assert _ids(_run("--states", states, *settings, "--merge-lists", "l", "-o", "json")) == ["l12"]
    roots: list[str | Path] = ["--states", f"base={several}/base", "--states", f"dev={several}/dev"]
    write(several, {"dev/top.sls": "dev:\n  '*': [y]\n"})
    given: list[str | Path] = [*roots, *settings, "--facts", several / "facts.json", "-o", "json"]
    assert _ids(_run(*given, "--top-merge", "same")) == ["y-dev", "a-dev"]


def test_lenient_templates_print_nothing_for_what_is_undefined(several: Path) -> None:
    states = several / "one"
    write(states, {"u.sls": "a{{ nope }}b: test.nop\n"})
    assert _ids(_run("--states", states, "u", "--undefined", "lenient", "-o", "json")) == ["ab"]
    with pytest.raises(RenderError, match="'nope' is undefined"):
        _run("--states", states, "u")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--states", "gone"], "there is no 'gone'"),
        (["--states", "facts.json"], "is not a folder"),
        (["--states", "base", "--states", "dev"], "'base' twice"),
        (["--states", "base", "--settings", "a=facts.json", "--settings", "pbase"], "stands alone"),
        ([], "--states"),
    ],
)
def test_wrong_roots_are_named(
    several: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], told: str
) -> None:
    monkeypatch.chdir(several)
    result = CliRunner().invoke(render, args)
    assert result.exit_code == 2  # click's own; the entry point makes it 1
    assert told in result.output


def test_encrypted_values_are_shown_as_such_and_only_taken_in_settings(tmp_path: Path) -> None:
    word = f"zsc1:3:{'A' * 80}"
    (tmp_path / "states").mkdir()
    (tmp_path / "states/a.sls").write_text("a:\n  test.nop:\n    - name: '{{ pillar.p }}'\n")
    (tmp_path / "settings.sls").write_text(f"p: !encrypted {word}\n")
    argv = ["--states", str(tmp_path / "states"), "--settings", str(tmp_path / "settings.sls"), "a"]
    done = CliRunner().invoke(render, argv)
    assert "<encrypted, generation 3>" in done.output
    (tmp_path / "states/a.sls").write_text(f"a:\n  test.nop:\n    - name: !encrypted {word}\n")
    with pytest.raises(YamlError, match="encrypted values stand in settings files only"):
        CliRunner().invoke(render, argv, catch_exceptions=False)
    (tmp_path / "settings.sls").write_text("p: !encrypted secret\n")
    with pytest.raises(YamlError, match="not made by `zester encrypt`"):
        CliRunner().invoke(render, argv, catch_exceptions=False)
