"""Requisites, extensions and order against what Salt makes of the same files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from zester.compiler.compile import Compiled
from zester.compiler.requisites.missing import missing_requisites
from zester.errors import CompileError

Compile = Callable[..., Compiled]

CASES = [
    pytest.param(case, id=f"{path.stem}-{case['name']}")
    for path in sorted((Path(__file__).parents[1] / "cases" / "lowstate").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def _tree(main: str, **more: str) -> dict[str, str]:
    files = {"main": main, **more}
    return {f"states/{name}.sls": text for name, text in files.items()}


def _refused(compiled: Compile, main: str, **more: str) -> CompileError:
    with pytest.raises(CompileError) as caught:
        compiled(_tree(main, **more), ["main"])
    return caught.value


@pytest.mark.parametrize("case", CASES)
def test_the_low_state_is_salts(compiled: Compile, case: dict[str, Any]) -> None:
    files = {f"states/{name}": text for name, text in case["files"].items()}
    chunks = [chunk.as_salt() for chunk in compiled(files, ["main"]).chunks]
    assert json.loads(json.dumps(chunks)) == case["low"]


def test_an_in_form_reaches_names_and_globs_where_salt_gives_up(compiled: Compile) -> None:
    tree = _tree("""\
a: {test.nop: [{require_in: [{file: /b}, {file: '/gl*'}]}]}
b: {file.managed: [{names: [/b, /c]}]}
d: {file.managed: [{name: /glob}]}
""")
    found = {chunk.name: chunk.requisites for chunk in compiled(tree, ["main"]).chunks}
    assert found["/b"] == found["/glob"] == {"require": (("test", "a"),)}


def test_an_in_form_that_means_several_states_names_them(compiled: Compile) -> None:
    error = _refused(
        compiled,
        "a: {test.nop: [{watch_in: [{file: /x}]}]}\n"
        "b: {file.managed: [{name: /x}]}\nc: {file.absent: [{name: /x}]}\n",
    )
    assert str(error) == (
        "states/main.sls:1: 'watch_in' of test.nop names 'file: /x', which is"
        " 'b' at states/main.sls:2, 'c' at states/main.sls:3"
    )
    assert error.hint == "name the target by its id"


def test_an_in_form_for_the_wrong_module_tells_the_right_one(compiled: Compile) -> None:
    error = _refused(compiled, "a: {test.nop: [{require_in: [{service: b}]}]}\nb: pkg.installed\n")
    assert error.hint == "'b' has pkg"


def test_the_last_of_several_lists_counts(compiled: Compile) -> None:
    tree = _tree("a: {test.nop: [{require: [b]}, {require: [c]}]}\nb: test.nop\nc: test.nop\n")
    chunks = {chunk.id: chunk for chunk in compiled(tree, ["main"]).chunks}
    assert chunks["a"].requisites == {"require": (("", "c"),)}


def test_listen_in_is_turned_round_for_the_engine_only(compiled: Compile) -> None:
    tree = _tree(
        "a: {file.managed: [{listen_in: [{service: b}, {service: gone}]}]}\nb: service.running\n"
    )
    chunks = {chunk.id: chunk for chunk in compiled(tree, ["main"]).chunks}
    assert chunks["b"].requisites == {"listen": (("file", "a"),)}
    assert chunks["a"].requisites == {"listen_in": (("service", "gone"),)}
    assert "listen" not in chunks["b"].as_salt()


def test_an_empty_state_file_is_nothing_to_wait_for(compiled: Compile) -> None:
    tree = _tree("include: [b]\na: {test.nop: [{require: [{sls: b}]}]}\n", b="")
    (chunk,) = compiled(tree, ["main"]).chunks
    assert chunk.requisites == {}
    assert chunk.as_salt()["require"] == [{"sls": "b"}]


def test_missing_targets_are_listed_with_their_place(compiled: Compile) -> None:
    tree = _tree("""\
a:
  test.nop:
    - require: [{pkg: ngnix}, nginx]
    - onchanges: [{sls: mian}]
nginx: pkg.installed
""")
    errors = missing_requisites(compiled(tree, ["main"]).chunks)
    assert [str(error) for error in errors] == [
        "states/main.sls:2: 'require' of test.nop 'a' names 'pkg: ngnix', which nothing declares",
        "states/main.sls:2: 'onchanges' of test.nop 'a' names 'sls: mian', which nothing declares",
    ]
    assert [error.hint for error in errors] == ["did you mean 'nginx'?", "did you mean 'main'?"]


def test_requisites_in_a_circle_leave_the_order_as_asked_for(compiled: Compile) -> None:
    tree = _tree("""\
b: {test.nop: [{require: [{test: a}]}]}
a: {test.nop: [{require: [{test: b}]}]}
c: {test.nop: [{order: 1}]}
""")
    assert [chunk.id for chunk in compiled(tree, ["main"]).chunks] == ["c", "b", "a"]


def test_options_and_guards_are_split_from_arguments(compiled: Compile) -> None:
    tree = _tree("""\
a:
  cmd.run:
    - retry: {attempts: 3}
    - onlyif: [{fun: file.file_exists, path: /x}]
    - creates: /y
    - runas: bob
    - failhard: true
""")
    (chunk,) = compiled(tree, ["main"]).chunks
    assert chunk.args == {"runas": "bob"}
    assert chunk.options == {"retry": {"attempts": 3}, "failhard": True}
    assert chunk.guards == {"onlyif": [{"fun": "file.file_exists", "path": "/x"}], "creates": "/y"}


def test_users_of_one_state_do_not_share_what_they_took(compiled: Compile) -> None:
    """In Salt they do, and each use doubles the list."""
    users = "".join(f"u{n}: {{test.nop: [{{use: [a, a, a]}}]}}\n" for n in range(40))
    tree = _tree("a: {test.nop: [{listen: [{test: b}]}]}\nb: test.nop\n" + users)
    chunks = {chunk.id: chunk for chunk in compiled(tree, ["main"]).chunks}
    assert chunks["a"].as_salt()["listen"] == [{"test": "b"}]
    assert len(chunks["u39"].as_salt()["listen"]) < 10


def test_compiling_twice_gives_the_same(compiled: Compile) -> None:
    from zester.templating.cache.library import Library

    library = Library()
    tree = _tree(
        "include: [b]\na: {test.nop: [{require_in: [{test: x}]}]}\n"
        "extend: {x: {test: [{require: [{test: y}]}]}}\n",
        b="x: {test.nop: [{require: [{test: z}]}]}\ny: test.nop\nz: test.nop\n",
    )
    first = compiled(tree, ["main"], library=library).chunks
    assert compiled(tree, ["main"], library=library).chunks == first
