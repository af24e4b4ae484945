"""``zester render --each``: every state file on its own, whatever is wrong with the others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from zester.cli.render.command import render

Answers = dict[str, dict[str, Any]]


def _write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def _each(folder: Path, *args: str | Path) -> tuple[int, Answers]:
    command = ["--states", folder, "--each", "-o", "json", *args]
    result = CliRunner().invoke(render, [str(arg) for arg in command])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    answers: Answers = json.loads(result.stdout)
    return result.exit_code, answers


def test_all_files_of_the_root_are_compiled(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        {
            "top.sls": "base: {'*': [nothing]}\n",
            "web/init.sls": "include: [.conf]\nw: test.nop\n",
            "web/conf.sls": "c: test.nop\n",
            "web/map.jinja": "",
            "empty.sls": "",
            ".hidden/x.sls": "x: test.nop\n",
        },
    )
    code, answers = _each(folder)
    assert code == 0
    assert {
        sls: [chunk["__id__"] for chunk in answer["low"]] for sls, answer in answers.items()
    } == {
        "empty": [],
        "web": ["c", "w"],
        "web.conf": ["c"],
    }


def test_names_and_wildcards_choose(tmp_path: Path) -> None:
    folder = _write(tmp_path, {f"{name}.sls": f"{name}: test.nop\n" for name in ("a1", "a2", "b")})
    assert list(_each(folder, "a*", "b", "a1")[1]) == ["a1", "a2", "b"]
    code, answers = _each(folder, "gone", "a1", "z*")
    assert code == 1
    assert answers["gone"] == {"error": "there is no state file 'gone'", "at": "<request>"}
    assert "error" in answers["z*"]
    assert "low" in answers["a1"]


def test_a_failing_file_is_told_with_its_place_and_stops_nothing(tmp_path: Path) -> None:
    folder = _write(
        tmp_path,
        {
            "ok.sls": "ok: test.nop\n",
            "jinja.sls": "a: test.nop\n{{ nope }}\n",
            "chain.sls": "{% from 'm.jinja' import x with context %}\n",
            "m.jinja": "\n\n{% set x = nope.y %}\n",
            "yaml.sls": "a: [\n",
            "high.sls": "a:\n  test.nop: 5\n",
            "py.sls": "#!py\ndef run(): return {}\n",
            "latin.sls": b"a: \xe9\n",
            "loop.sls": "a: test.nop\n\n{%- continue %}\n",
        },
    )
    code, answers = _each(folder)
    assert code == 1
    assert answers["ok"]["low"]
    places = {sls: answer["at"] for sls, answer in answers.items() if "error" in answer}
    assert places == {
        "jinja": "jinja.sls:2",
        "chain": "m.jinja:3",
        "yaml": "yaml.sls:2",
        "high": "high.sls:2",
        "py": "py.sls:1",
        "latin": "latin.sls:1",
        "loop": "loop.sls:3",
    }
    assert answers["chain"]["error"].startswith("chain.sls:1 → m.jinja:3: ")


def test_garbage_is_an_error_and_never_more(tmp_path: Path) -> None:
    deep = {f"deep{n}.sls": f"include: [deep{n + 1}]\n" for n in range(400)}
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    folder = _write(
        tmp_path,
        {
            "zero.sls": b"\0\xff\xfe" * 1000,
            "nul.sls": "a: \0\n",
            "self.sls": "{% include 'self.sls' %}",
            "macro.sls": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "range.sls": "{% for i in range(10**9) %}x{% endfor %}",
            "power.sls": "{{ 9 ** 9 ** 9 }}",
            "nested.sls": "[" * 100_000,
            "brackets.sls": "{{ " + "(" * 5000 + ")" * 5000 + " }}",
            "ifs.sls": "{% if 1 %}" * 3000 + "{% endif %}" * 3000,
            "dashes.sls": "- " * 50_000,
            "indent.sls": "".join(" " * n + "a:\n" for n in range(2000)),
            "bomb.sls": bomb,
            "anchor.sls": "a: &a [*a]\n",
            "json.sls": "#!json\n" + "[" * 100_000,
            "hex.sls": "a:\n  test.nop:\n    - x: 0x" + "f" * 100_000 + "\n",
            "type.sls": "a: !!python/object/apply:os.system [id]\n",
            **deep,
        },
    )
    code, answers = _each(
        folder,
        *sorted({path.stem for path in folder.glob("*.sls")} - {f"deep{n}" for n in range(1, 400)}),
    )
    assert code == 1
    assert {sls for sls, answer in answers.items() if "error" not in answer} == set()
    assert all(answer["error"] and answer["at"] for answer in answers.values())


def test_a_large_file_is_no_trouble(tmp_path: Path) -> None:
    text = "".join(f"id{n}: test.nop\n" for n in range(20_000))
    padding = f"# {'x' * 10_000_000}\n"
    code, answers = _each(_write(tmp_path, {"large.sls": padding + text}))
    assert code == 0
    assert len(answers["large"]["low"]) == 20_000


def test_broken_settings_are_every_files_error(tmp_path: Path) -> None:
    folder = _write(tmp_path / "states", {"a.sls": "a: test.nop\n", "b.sls": "b: test.nop\n"})
    settings = tmp_path / "s.sls"
    settings.write_text("k: 1\nl: {{ nope }}\n")
    code, answers = _each(folder, "--settings", settings)
    assert code == 1
    assert {answer["at"] for answer in answers.values()} == {"s.sls:2"}


@pytest.mark.parametrize("name", ["é", "a b", "a'b", "x=y"])
def test_odd_names_are_names(tmp_path: Path, name: str) -> None:
    code, answers = _each(_write(tmp_path, {f"{name}.sls": "a: test.nop\n"}))
    assert (code, list(answers)) == (0, [name])
