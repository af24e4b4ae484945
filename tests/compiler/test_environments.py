"""State files of several environments."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.roots import Roots
from zester.errors import CompileError, SourceError
from zester.resources.files import Files
from zester.targeting.node import NodeView


@pytest.fixture
def states(
    memory_files: Callable[[Mapping[str, str]], Files], node: NodeView
) -> Callable[..., Compiled]:
    def run(base: Mapping[str, str], dev: Mapping[str, str], **options: object) -> Compiled:
        trees = {"dev": memory_files(dev), "base": memory_files(base)}
        return compile_node(trees, node, roots=Roots(), **{"env": None, **options})  # type: ignore[arg-type]  # options of the tests

    return run


def test_an_include_reads_the_environment_it_names(states: Callable[..., Compiled]) -> None:
    result = states(
        {"m.sls": "include:\n  - dev: x\n  - base: a\n  - dev: web.sub\nm: test.nop\n"}
        | {"a.sls": "a: test.nop\n", "x.sls": "wrong: test.nop\n"},
        {
            "x.sls": "include: [y]\n{{ saltenv }}-x: test.nop\n",
            "y.sls": "{% from 'map.jinja' import name %}y-{{ name }}: test.nop\n",
            "map.jinja": "{% set name = 'of-dev' %}",
            "web/sub.sls": "include: ['.other']\nsub: test.nop\n",
            "web/other.sls": "other: test.nop\n",
        },
        sls=["m"],
    )
    assert [(chunk.id, chunk.env, chunk.sls) for chunk in result.chunks] == [
        ("y-of-dev", "dev", "y"),
        ("dev-x", "dev", "x"),
        ("a", "base", "a"),
        ("other", "dev", "web.other"),
        ("sub", "dev", "web.sub"),
        ("m", "base", "m"),
    ]
    assert result.assigned == (("base", "m"),)


def test_the_same_name_in_two_environments_is_two_files(states: Callable[..., Compiled]) -> None:
    result = states(
        {"a.sls": "include:\n  - dev: a\nbase-a: test.nop\n"},
        {"a.sls": "dev-a: test.nop\n"},
        sls=["a"],
    )
    assert [chunk.id for chunk in result.chunks] == ["dev-a", "base-a"]


def test_named_files_come_from_the_environment_asked_for(states: Callable[..., Compiled]) -> None:
    files = {"a.sls": "{{ saltenv }}: test.nop\n"}
    assert [chunk.id for chunk in states(files, files, sls=["a"]).chunks] == ["base"]
    assert [chunk.id for chunk in states(files, files, sls=["a"], env="dev").chunks] == ["dev"]


def test_a_missing_environment_or_file_is_named_where_it_is_included(
    states: Callable[..., Compiled],
) -> None:
    with pytest.raises(CompileError, match="'prod'") as caught:
        states({"m.sls": "m: test.nop\ninclude:\n  - prod: x\n"}, {}, sls=["m"])
    assert str(caught.value.at) == "m.sls:3"
    with pytest.raises(CompileError, match="there is no state file 'gone'"):
        states({"m.sls": "include:\n  - dev: gone\n"}, {}, sls=["m"])


def test_settings_of_the_trees_are_merged_over_environments(
    states: Callable[..., Compiled], memory_files: Callable[..., Files], node: NodeView
) -> None:
    base = {
        "settings/top.sls": "base:\n  '*': [a]\ndev:\n  '*': [b]\n",
        "settings/a.sls": "k: base\nx: 1\n",
    }
    dev = {"settings/b.sls": "k: dev-{{ pillar.x }}\n"}
    trees = {"base": memory_files(base), "dev": memory_files(dev)}
    assert compile_node(trees, node, env=None, sls=[]).settings == {"k": "dev-1", "x": 1}
    assert compile_node(trees, node, env="base", sls=[]).settings == {"k": "base", "x": 1}


def test_an_error_shows_the_line_of_the_right_file(states: Callable[..., Compiled]) -> None:
    with pytest.raises(SourceError) as caught:
        states(
            {"a.sls": "include:\n  - dev: a\n"}, {"a.sls": "ok: test.nop\nbad: [5]\n"}, sls=["a"]
        )
    assert str(caught.value.at) == "a.sls:2"
    assert "bad" in (caught.value.excerpt or "bad")
