"""From a tree to settings and low state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from zester.compiler.compile import Compiled, compile_node
from zester.compiler.roots import Roots
from zester.errors import CompileError, RenderError, TargetError
from zester.resources.files import Files
from zester.targeting.node import NodeView
from zester.templating.cache.library import Library
from zester.templating.providers import Providers

Compile = Callable[..., Compiled]
MakeFiles = Callable[[dict[str, str | bytes]], Files]

TREE: dict[str, str | bytes] = {
    "states/top.zy": """\
{{ saltenv }}:
  '*':
    - base
  'G@os:Debian and not db*':
    - web
    - base
  'role:web':
    - match: label
    - labelled
  'I@port:81':
    - never
  'db*':
    - never
other:
  '*':
    - never
""",
    "states/base.zy": "{{ pillar.motd }}: {test.nop: []}\n",
    "states/web/init.zy": "{% from './map.jinja' import x with context %}{{ x }}: {test.nop: []}\n",
    "states/web/map.jinja": "{% set x = salt['pillar.get']('port') %}{% "
    "include 'opt' ignore missing %}",
    "states/labelled.zy": "l: {test.nop: []}\n",
    "settings/top.zy": "base:\n  '*':\n    - common\n    - gone:\n".replace("    - gone:\n", "")
    + "  'web*':\n    - web\n",
    "settings/common.zy": "motd: hi {{ grains.id }}\nport: 80\nmap: {a: 1, b: [1]}\n",
    "settings/web.zy": "port: p{{ pillar.port + 1 }}\nmap: {b: [2], c: 3}\n",
}


def test_a_node_gets_what_the_top_files_say(compiled: Compile) -> None:
    result = compiled(TREE)
    assert result.sls == ("base", "web", "labelled")
    assert [chunk.id for chunk in result.chunks] == ["hi web1", "p81", "l"]
    assert result.settings == {
        "motd": "hi web1",
        "port": "p81",
        "map": {"a": 1, "b": [2], "c": 3},
    }


def test_reads_hold_what_was_read_and_what_was_missed(compiled: Compile) -> None:
    result = compiled(TREE)
    assert {
        "states/top.zy",
        "states/base.zy",
        "states/web.zy",
        "states/web.sls",
        "states/web/init.zy",
        "states/web/map.jinja",
        "states/opt",
        "settings/top.zy",
        "settings/common.zy",
    } <= result.reads
    assert "states/never.zy" not in result.reads
    assert result.touched_by(["x", "states/opt"])
    assert not result.touched_by(["states/never.zy", "files/x"])


def test_given_settings_and_files_replace_the_trees(compiled: Compile) -> None:
    result = compiled(TREE, ["base"], settings={"motd": "given"})
    assert [chunk.id for chunk in result.chunks] == ["given"]
    assert result.settings == {"motd": "given"}
    assert not any(path.startswith("settings/") and path != "settings/" for path in result.reads)


def test_a_tree_without_roots_is_a_states_root(compiled: Compile) -> None:
    result = compiled({"web/init.sls": "a: {test.nop: []}\n"}, ["web"])
    assert str(result.chunks[0].at) == "web/init.sls:1"
    assert result.touched_by(["states/web.zy"])


def test_salts_root_names_work(compiled: Compile) -> None:
    tree: dict[str, str | bytes] = {
        "salt/top.sls": "base:\n  '*': [a]\n",
        "salt/a.sls": "{{ pillar.x }}: {test.nop: []}\n",
        "pillar/top.sls": "base:\n  '*': [p]\n",
        "pillar/p.sls": "x: from-pillar\n",
    }
    assert [chunk.id for chunk in compiled(tree).chunks] == ["from-pillar"]


def test_roots_can_be_named(compiled: Compile) -> None:
    tree: dict[str, str | bytes] = {"salt/x.sls": "", "a.sls": "a: {test.nop: []}\n"}
    assert len(compiled(tree, ["a"], roots=Roots()).chunks) == 1


def test_another_environment_uses_its_own_section(compiled: Compile) -> None:
    tree: dict[str, str | bytes] = {
        "states/top.zy": "base:\n  '*': [a]\nprod:\n  '*': [b]\n",
        "states/a.zy": "a: {test.nop: []}\n",
        "states/b.zy": "b: {test.nop: []}\n",
    }
    result = compiled(tree, env="prod")
    assert [(chunk.id, chunk.env) for chunk in result.chunks] == [("b", "prod")]
    assert compiled(tree, env="dev").chunks == ()


def test_a_missing_top_file_is_an_error(compiled: Compile) -> None:
    with pytest.raises(CompileError, match="there is no top file in states/"):
        compiled({"states/a.zy": ""})


@pytest.mark.parametrize(
    ("top", "error", "place"),
    [
        ("base:\n  '*':\n    - gone\n", "there is no state file 'gone'", "states/top.zy:3"),
        ("base:\n  'a b':\n    - a\n", "expected 'and' or 'or'", "states/top.zy:2"),
        ("base:\n  '*':\n    - matsch: x\n", "is neither a state file", "states/top.zy:3"),
        ("base:\n  '*': {a: b}\n", "must hold a list", "states/top.zy:2"),
        ("base: [a]\n", "must hold a mapping of targets", "states/top.zy:1"),
        ("base:\n  '*':\n    - match: nope\n", "unknown kind of match", "states/top.zy:2"),
    ],
)
def test_mistakes_in_the_top_file(compiled: Compile, top: str, error: str, place: str) -> None:
    with pytest.raises((CompileError, TargetError)) as caught:
        compiled({"states/top.zy": top, "states/a.zy": ""})
    assert error in caught.value.message
    assert str(caught.value.at) == place
    assert caught.value.excerpt


def test_top_entries_have_options(compiled: Compile) -> None:
    top = "base:\n  'w*':\n    - ignore_missing: true\n    - gone\n  'W*': c\n  'we*': c\n"
    states = {f"states/{name}.zy": f"{name}: {{test.nop: []}}\n" for name in "abc"}
    assert compiled({"states/top.zy": top, **states}).sls == ("gone", "c")


def test_globs_in_the_top_file(compiled: Compile) -> None:
    tree = {"states/top.zy": "base: {'*': ['app.*']}\n", "states/app/a.zy": "a: test.nop\n"}
    assert compiled(tree).sls == ("app.a",)


def test_settings_that_include_themselves_are_an_error(compiled: Compile) -> None:
    tree: dict[str, str | bytes] = {
        "settings/top.zy": "base: {'*': [a]}\n",
        "settings/a.zy": "include: [b]\n",
        "settings/b.zy": "include: [a]\n",
    }
    with pytest.raises(CompileError, match="include themselves: a → b → a"):
        compiled(tree, [])


def test_an_error_in_settings_tells_who_asked(compiled: Compile) -> None:
    tree: dict[str, str | bytes] = {
        "settings/top.zy": "base:\n  '*':\n    - a\n",
        "settings/a.zy": "x: 1\ny: {{ gone }}\n",
    }
    with pytest.raises(RenderError) as caught:
        compiled(tree, [])
    assert str(caught.value) == "settings/top.zy:3 → settings/a.zy:2: 'gone' is undefined"


def test_compiling_again_gives_the_same_and_shares_nothing(
    memory_files: MakeFiles, node: NodeView
) -> None:
    tree: dict[str, str | bytes] = {
        "states/a.zy": "{% do pillar.l.append(3) %}{% do grains.update({'new': 1}) %}"
        "a:\n  x.y:\n    - l: {{ pillar.l }}\n    - new: {{ 'new' in grains }}\n"
    }
    library, settings = Library(), {"l": [1]}
    files = memory_files(tree)
    results = [
        compile_node(files, node, sls=["a"], settings=settings, library=library) for _ in range(3)
    ]
    assert results[0] == results[1] == results[2]
    assert results[0].chunks[0].args == {"l": [1, 3], "new": True}
    assert settings == {"l": [1]}
    assert results[0].settings == {"l": [1]}


def test_one_library_serves_different_nodes(memory_files: MakeFiles, node: NodeView) -> None:
    files, library = memory_files({"states/a.zy": "{{ grains.id }}: test.nop\n"}), Library()
    ids = []
    for name in ("one", "two", "one"):
        other = replace(node, id=name, facts={"id": name})
        ids.append(compile_node(files, other, sls=["a"], library=library).chunks[0].id)
    assert ids == ["one", "two", "one"]


def test_execution_functions_reach_states_and_settings(compiled: Compile) -> None:
    tree: dict[str, str | bytes] = {
        "states/a.zy": "{{ salt['test.echo']('x') }}-{{ pillar.e }}: test.nop\n",
        "settings/top.zy": "base: {'*': [p]}\n",
        "settings/p.zy": "e: {{ salt.test.echo('y') }}\n",
    }
    result = compiled(tree, ["a"], providers=Providers(execution={"test.echo": str}))
    assert result.chunks[0].id == "x-y"


def test_a_call_in_short_is_placed_at_its_own_line(memory_files: MakeFiles, node: NodeView) -> None:
    files = memory_files({"states/web.zy": "a:\n  test.nop\n\nb: test.nop\n"})

    compiled = compile_node(files, node, sls=["web"])

    assert [str(chunk.at) for chunk in compiled.chunks] == ["states/web.zy:2", "states/web.zy:4"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("bad:\n  test.nop\n", 2),
        ("bad: test.nop\n", 1),
        ("bad:\n\n  # why\n  test.nop\n", 4),
        ("{% for n in ['bad'] %}\n{{ n }}:\n  test.nop\n{% endfor %}\n", 3),
        ("bad:\n  test.nop: []\n", 2),
    ],
)
def test_a_state_in_short_form_stands_where_its_call_stands(
    compiled: Callable[..., Compiled], text: str, line: int
) -> None:
    (chunk,) = compiled({"states/main.sls": text}, ["main"]).chunks

    assert (chunk.id, chunk.at.line) == ("bad", line)


def test_settings_that_include_each_other_twice_over_come_to_an_end(
    compiled: Callable[..., Compiled],
) -> None:
    files = {
        f"settings/s{level}.sls": f"include:\n  - s{level + 1}\n  - s{level + 1}\n"
        for level in range(30)
    }
    files["settings/top.sls"] = "base:\n  '*': [s0]\n"
    files["settings/s30.sls"] = "a: 1\n"
    files["states/top.sls"] = "base: {}\n"

    with pytest.raises(CompileError, match="more than 2,000 files"):
        compiled(files)


def test_a_target_is_found_by_the_name_an_extension_gave_it(
    compiled: Callable[..., Compiled],
) -> None:
    main = (
        "a:\n  file.managed:\n    - name: /old\n"
        "odd:\n  test.nop:\n    - name: [1, 2]\n"
        "b:\n  file.managed:\n    - require_in:\n      - file: /new\n"
        "extend:\n  /old:\n    file:\n      - name: /new\n"
    )

    chunks = {chunk.id: chunk for chunk in compiled({"states/main.sls": main}, ["main"]).chunks}

    assert chunks["a"].name == "/new"
    assert chunks["a"].requisites["require"] == (("file", "b"),)
