"""The renderer line. The expectations are what Salt 3008.5 does with the same files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from zester.compiler.compile import Compiled
from zester.errors import CompileError, RenderError, SourceError, YamlError
from zester.targeting.value import Value
from zester.templating.providers import Providers

Compile = Callable[..., Compiled]
YAML = "a:\n  test.nop:\n    - x: {{ 1 + 1 }}\n"


@pytest.mark.parametrize(
    ("text", "x"),
    [
        (f"#!jinja|yaml\n{YAML}", 2),
        (f"#! jinja | yaml\n{YAML}", 2),
        (f"#!yaml_jinja\n{YAML}", 2),
        (f"#!jinja -s|yaml -o\n{YAML}", 2),
        (f"#!jinja|yaml # why\n{YAML}", 2),
        (f"#!/bin/sh\n{YAML}", 2),
        (f"\n#!yaml\n{YAML}", 2),
        (f" #!yaml\n{YAML}", 2),
        (f"#!jinja|yaml\r\n{YAML}".replace("\n", "\r\n"), 2),
        ("#!yaml\na:\n  test.nop:\n    - x: '{{ 1 }}'\n", "{{ 1 }}"),
        ('#!json\n{"a": {"test.nop": [{"x": "{{ 1 }}"}]}}\n', "{{ 1 }}"),
        ('#!jinja|json\n{"a": {"test.nop": [{"x": "{{ 1 + 1 }}"}]}}\n', "2"),
        ('#!json_jinja\n{"a": {\t"test.nop": [{"x": {{ 1 + 1 }}}]}}\n', 2),
        ('#!json\n{"a": {"test.nop": [{"x": 1, "x": 2}]}}\n', 2),
    ],
)
def test_a_file_is_read_as_its_first_line_says(compiled: Compile, text: str, x: Value) -> None:
    (chunk,) = compiled({"states/a.sls": text}, ["a"]).chunks
    assert chunk.args == {"x": x}


@pytest.mark.parametrize("text", ["#!json\n", "#!json\n[]\n", "#!yaml\n", "#!jinja|json\n  \n"])
def test_a_file_may_say_nothing(compiled: Compile, text: str) -> None:
    assert compiled({"states/a.sls": text}, ["a"]).chunks == ()


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("#!jinja", "'jinja' alone gives text", "#!jinja|yaml"),
        ("#!yaml|jinja", "cannot follow each other", "known:"),
        ("#!", "cannot follow each other", "known:"),
        ("#!jinja|yaml|gpg", "renderer 'gpg' is not supported", "decrypt"),
        ("#!gpg", "renderer 'gpg' is not supported", "decrypt"),
        ("#!mako|yaml", "renderer 'mako' is not supported", "Jinja"),
        ("#!stateconf yaml . jinja", "renderer 'stateconf' is not supported", "in full"),
        ("#!toml", "renderer 'toml' is not supported", "known:"),
        ("#!YAML", "renderer 'YAML' is not supported", "known:"),
        ("#!py", "run only on the peel", "zester-peel"),
    ],
)
def test_other_lines_are_refused_by_name(
    compiled: Compile, line: str, message: str, hint: str
) -> None:
    for where in ("states/a.sls", "settings/a.sls"):
        tree = {where: f"{line}\na: test.nop\n", "settings/top.sls": "base: {'*': [a]}\n"}
        if where.startswith("states"):
            del tree["settings/top.sls"]
        with pytest.raises(CompileError) as caught:
            compiled(tree, ["a"])
        assert message in caught.value.message
        assert hint in (caught.value.hint or "")
        assert str(caught.value.at) == f"{where}:1"
        assert caught.value.excerpt == f"{line}\n^"


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ('#!json\n{"a":\n  oops}\n', "not JSON: expecting value", "states/a.sls:3"),
        ('#!jinja|json\n{"a":\n  {{ "oops" }}}\n', "not JSON: expecting value", "states/a.sls:3"),
        ('#!json\n["\\ud800"]\n', "surrogate", "states/a.sls:2"),
        (f"#!json\n{'[' * 100_000}", "too deep", "states/a.sls:1"),
        (f"#!json\n{'[' * 500}{']' * 500}", "deeper than", "states/a.sls:2"),
        (f"#!json\n[{'9' * 5000}]", "not JSON", "states/a.sls:1"),
        ('#!json\n{"a": {"test.nop": 5}}\n', "must hold a list of arguments", "states/a.sls:2"),
    ],
)
def test_mistakes_in_json_have_a_place(
    compiled: Compile, text: str, message: str, place: str
) -> None:
    with pytest.raises(SourceError) as caught:
        compiled({"states/a.sls": text}, ["a"])
    assert message in caught.value.message
    assert str(caught.value.at) == place


def test_settings_go_through_pipes_too(compiled: Compile) -> None:
    tree = {
        "settings/top.sls": '#!json\n{"base": {"*": ["a", "b"]}}\n',
        "settings/a.sls": '#!jinja|json\n{"id": "{{ facts.id }}", "n": {{ n | default(3) }}}\n',
        "settings/b.sls": "#!yaml\nraw: '{{ x }}'\n",
    }
    assert compiled(tree, []).settings == {"id": "web1", "n": 3, "raw": "{{ x }}"}


def test_python_is_run_where_the_providers_can(compiled: Compile) -> None:
    seen: list[Mapping[str, Value]] = []

    def run(text: str, path: str, names: Mapping[str, Value]) -> Value:
        seen.append(names)
        assert (text, path) == ("#!py\nx\n", "states/a.sls")
        return {"include": ["b"], "a": {"test.nop": [{"id": names["__grains__"]["id"]}]}}

    tree = {"states/a.sls": "#!py\nx\n", "states/b.sls": "b: test.nop\n"}
    result = compiled(tree, ["a"], settings={"k": 1}, providers=Providers(python=run))
    assert [chunk.id for chunk in result.chunks] == ["b", "a"]
    assert result.chunks[1].args == {"id": "web1"}
    (names,) = seen
    assert (names["__sls__"], names["__env__"], names["saltenv"]) == ("a", "base", "base")
    assert names["__pillar__"] == {"k": 1}
    assert names["__opts__"]["id"] == "web1"
    assert names["__salt__"]["grains.get"]("id") == "web1"


def test_what_python_gives_must_be_a_mapping(compiled: Compile) -> None:
    for given in ([1], "text"):
        providers = Providers(python=lambda *_, given=given: given)
        with pytest.raises(CompileError, match="not a mapping"):
            compiled({"states/a.sls": "#!py\n"}, ["a"], providers=providers)
    nothing = Providers(python=lambda *_: None)
    assert compiled({"states/a.sls": "#!py\n"}, ["a"], providers=nothing).chunks == ()


def test_an_error_in_rendered_text_shows_both_lines(compiled: Compile) -> None:
    tree = {"states/a.sls": "{% set v = 'x: y' %}\na: {{ v }}\n"}
    with pytest.raises(YamlError) as caught:
        compiled(tree, ["a"])
    assert str(caught.value.at) == "states/a.sls:2"
    assert caught.value.excerpt == "a: {{ v }}\nrendered as:\na: x: y\n    ^"
    with pytest.raises(RenderError, match=r"states/a.sls:1 → states/m.jinja:2: 'no' is undefined"):
        compiled({"states/a.sls": "{% include 'm.jinja' %}", "states/m.jinja": "\n{{ no }}"}, ["a"])
