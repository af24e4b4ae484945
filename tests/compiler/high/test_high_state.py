"""Include, extend, exclude and ids."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.compile import Compiled
from zester.errors import CompileError, RenderError, YamlError

Compile = Callable[..., Compiled]


def _ids(compiled: Compiled) -> list[str]:
    return [f"{chunk.id}.{chunk.state}.{chunk.fun}" for chunk in compiled.chunks]


def test_included_files_come_first_and_once(compiled: Compile) -> None:
    tree = {
        "states/main.sls": "include:\n  - a\n  - b\nmain: {test.nop: []}\n",
        "states/a.sls": "include: [b]\na: {test.nop: []}\n",
        "states/b.sls": "include: [main]\nb: {test.nop: []}\n",
    }
    assert _ids(compiled(tree, ["main"])) == ["b.test.nop", "a.test.nop", "main.test.nop"]


def test_relative_includes_count_from_the_folder(compiled: Compile) -> None:
    tree = {
        "states/web/init.zy": "include:\n  - .install\n  - ..shared\n",
        "states/web/install.zy": "include:\n  - .config\ni: {test.nop: []}\n",
        "states/web/config.zy": "c: {test.nop: []}\n",
        "states/shared.zy": "s: {test.nop: []}\n",
    }
    assert _ids(compiled(tree, ["web"])) == ["c.test.nop", "i.test.nop", "s.test.nop"]


def test_an_include_that_leads_out_is_an_error(compiled: Compile) -> None:
    with pytest.raises(CompileError, match="leads out of the states"):
        compiled({"states/a.zy": "include: ['...b']\n"}, ["a"])


def test_globs_in_includes_mean_every_match(compiled: Compile) -> None:
    tree = {
        "states/main.zy": "include: ['parts.*']\n",
        "states/parts/a.zy": "a: {test.nop: []}\n",
        "states/parts/b/init.sls": "b: {test.nop: []}\n",
    }
    result = compiled(tree, ["main"])
    assert _ids(result) == ["a.test.nop", "b.test.nop"]
    assert result.touched_by(["states/parts/new.zy"])
    assert not result.touched_by(["states/other.zy"])


def test_a_missing_include_names_the_nearest(compiled: Compile) -> None:
    tree = {"states/a.zy": "include:\n  - webb\n", "states/web.zy": ""}
    with pytest.raises(CompileError) as caught:
        compiled(tree, ["a"])
    assert str(caught.value) == "states/a.zy:2: there is no state file 'webb'"
    assert caught.value.hint == "did you mean 'web'?"
    assert caught.value.excerpt == "  - webb\n    ^"


def test_both_spellings_are_found_and_zy_wins(compiled: Compile) -> None:
    tree = {
        "salt/a.sls": "sls: {test.nop: []}\n",
        "salt/a.zy": "zy: {test.nop: []}\n",
        "salt/b/init.sls": "b: {test.nop: []}\n",
    }
    assert _ids(compiled(tree, ["a", "b"])) == ["zy.test.nop", "b.test.nop"]


def test_an_id_in_two_files_names_both_places(compiled: Compile) -> None:
    tree = {
        "states/a.zy": "include: [b]\n\nx: {test.nop: []}\n",
        "states/b.zy": "\nx: {test.nop: []}\n",
    }
    with pytest.raises(CompileError) as caught:
        compiled(tree, ["a"])
    assert str(caught.value) == "states/b.zy:2: id 'x' is declared twice: also at states/a.zy:3"


@pytest.mark.parametrize(
    ("text", "chunks"),
    [
        ("a:\n  pkg.installed: []\n", ["a.pkg.installed"]),
        ("a:\n  pkg.installed:\n", ["a.pkg.installed"]),
        ("a: pkg.installed\n", ["a.pkg.installed"]),
        ("a:\n  pkg: [installed]\n", ["a.pkg.installed"]),
        ("a:\n  file:\n    - managed\n    - name: /x\n", ["a.file.managed"]),
        ("a:\n  file:\n    - name: /x\n    - managed\n", ["a.file.managed"]),
        (
            "a:\n  pkg.installed: []\n  service.running: []\n",
            ["a.pkg.installed", "a.service.running"],
        ),
        ("", []),
        ("# nothing\n", []),
    ],
)
def test_forms_of_a_call(compiled: Compile, text: str, chunks: list[str]) -> None:
    assert _ids(compiled({"states/a.zy": text}, ["a"])) == chunks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a:\n  pkg: []\n", "names no function"),
        ("a:\n  file.managed:\n    - makedirs\n", "names more than one function"),
        ("a:\n  file:\n    - name /x\n", "is no function name"),
        ("a:\n  file.managed:\n    name: /x\n", "must hold a list"),
        ("a:\n  file.managed: text\n", "must hold a list"),
        ("a:\n  - pkg.installed\n", "must hold state calls"),
        ("a: text\n", "no state call"),
        ("8080:\n  pkg.installed: []\n", "id 8080 is not text"),
        ("a:\n  file.managed: []\n  file.append: []\n", "calls 'file' twice"),
        ("a:\n  file.managed:\n    - [x]\n", "is no argument"),
        ("include: web\n", "include must be a list"),
        ("include: [[a]]\n", "is no state file name"),
        ("include: [{prod: web}]\n", "environment 'prod', which is not there"),
        ("- a\n", "holds a list"),
        ("text\n", "holds plain text"),
        ("extend: []\n", "extend must hold a mapping"),
        ("exclude: {}\n", "exclude must be a list"),
        ("exclude: [{x: y}]\n", "is neither"),
        ("a:\n  x.y:\n    - require: {pkg: b}\n", "must be a list"),
        ("a:\n  x.y:\n    - require: [5]\n", "is no requisite"),
        ("a:\n  x.y:\n    - require: [{pkg: [x]}]\n", "is no requisite"),
        ("a:\n  x.y:\n    - listen: {pkg: b}\n", "'listen' of x.y must be a list"),
        ("a:\n  x.y:\n    - names: b\n", "names must be a list"),
        ("a:\n  x.y:\n    - names: [{b: c}]\n", "holds a list of arguments"),
        ("a:\n  x.y:\n    - require: [b]\n      mode: 1\n", "stands in one item with 'mode'"),
        ("#!py\nx = 1\n", "a file under #!py is run only on the peel"),
    ],
)
def test_malformed_files_are_refused_with_a_place(
    compiled: Compile, text: str, message: str
) -> None:
    with pytest.raises(CompileError) as caught:
        compiled({"states/a.zy": text}, ["a"])
    assert message in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.file == "states/a.zy"
    assert caught.value.at.line is not None
    assert caught.value.excerpt


def test_yaml_without_jinja_can_be_asked_for(compiled: Compile) -> None:
    tree = {"states/a.zy": "#!yaml\n'{{ x }}': {test.nop: []}\n"}
    assert _ids(compiled(tree, ["a"])) == ["{{ x }}.test.nop"]


def test_extend_adds_replaces_and_appends(compiled: Compile) -> None:
    tree = {
        "states/a.zy": """\
include: [b]
extend:
  x:
    file.managed:
      - mode: '0600'
      - user: root
      - require:
        - pkg: two
    service.running: []
  /named:
    file:
      - absent
""",
        "states/b.zy": """\
x:
  file.managed:
    - name: /x
    - mode: '0644'
    - require:
      - pkg: one
y:
  file.managed:
    - name: /named
""",
    }
    chunks = {(c.id, c.state): c for c in compiled(tree, ["a"]).chunks}
    assert chunks["x", "file"].args == {"mode": "0600", "user": "root"}
    assert chunks["x", "file"].requisites == {"require": (("pkg", "one"), ("pkg", "two"))}
    assert chunks["x", "service"].fun == "running"
    assert chunks["y", "file"].fun == "absent"


def test_extending_what_is_not_there_is_an_error(compiled: Compile) -> None:
    tree = {"states/a.zy": "web: {test.nop: []}\nextend:\n  wbe:\n    test: [{x: 1}]\n"}
    with pytest.raises(CompileError) as caught:
        compiled(tree, ["a"])
    assert str(caught.value).startswith("states/a.zy:3: extended id 'wbe' is declared nowhere")
    assert caught.value.hint == "did you mean 'web'?"


def test_exclude_drops_ids_and_files(compiled: Compile) -> None:
    tree = {
        "states/a.zy": "include: [b, c]\nexclude:\n  - id: x\n  - sls: c\na: {test.nop: []}\n",
        "states/b.zy": "x: {test.nop: []}\ny: {test.nop: []}\n",
        "states/c.zy": "z: {test.nop: []}\n",
    }
    assert _ids(compiled(tree, ["a"])) == ["y.test.nop", "a.test.nop"]


def test_errors_tell_how_the_file_was_reached(compiled: Compile) -> None:
    tree = {
        "states/a.zy": "\ninclude:\n  - b\n",
        "states/b.zy": "include: [c]\n",
        "states/c.zy": "{% from 'map.jinja' import x with context %}\n",
        "states/map.jinja": "\n{{ gone }}\n",
    }
    with pytest.raises(RenderError) as caught:
        compiled(tree, ["a"])
    assert str(caught.value) == (
        "states/a.zy:3 → states/b.zy:1 → states/c.zy:1 → states/map.jinja:2: 'gone' is undefined"
    )


def test_a_yaml_error_shows_the_template_line_and_what_became_of_it(compiled: Compile) -> None:
    tree = {"states/a.zy": "a:\n  x.y:\n    - name: {{ 'b: c' }}\n"}
    with pytest.raises(YamlError) as caught:
        compiled(tree, ["a"])
    assert caught.value.at is not None
    assert caught.value.at.line == 3
    assert caught.value.excerpt is not None
    assert caught.value.excerpt.startswith(
        "    - name: {{ 'b: c' }}\nrendered as:\n    - name: b: c\n"
    )


def test_duplicate_keys_are_told_in_template_lines(compiled: Compile) -> None:
    tree = {"states/a.zy": "{% set x = 1 %}\n{#\n\n#}\na: {test.nop: []}\n\na: {test.nop: []}\n"}
    with pytest.raises(YamlError) as caught:
        compiled(tree, ["a"])
    assert str(caught.value) == "states/a.zy:7: duplicate key 'a', first on line 5"


def test_a_state_file_that_includes_itself_ends(compiled: Compile) -> None:
    assert _ids(compiled({"states/a.zy": "include: [a]\na: {test.nop: []}\n"}, ["a"])) == [
        "a.test.nop"
    ]


def test_a_bottomless_chain_of_includes_is_an_error(compiled: Compile) -> None:
    tree = {f"states/s{i}.zy": f"include: [s{i + 1}]\n" for i in range(400)}
    with pytest.raises(CompileError, match="nested too deeply"):
        compiled(tree, ["s0"])
