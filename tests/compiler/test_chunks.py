"""Low chunks: order, names, requisites, guards, places."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.compiler.compile import Compiled
from zester.compiler.lowstate import LowChunk
from zester.errors import CompileError

Compile = Callable[..., Compiled]


def _chunks(compiled: Compile, text: str, **more: str) -> dict[str, LowChunk]:
    tree = {"states/a.zy": text, **{f"states/{name}.zy": other for name, other in more.items()}}
    return {chunk.name: chunk for chunk in compiled(tree, ["a"]).chunks}


def test_a_chunk_has_salts_shape(compiled: Compile) -> None:
    text = """\
motd:
  file.managed:
    - name: /etc/motd
    - mode: 0644
    - require:
      - pkg: base
    - unless: test -e /x
"""
    assert _chunks(compiled, text)["/etc/motd"].as_salt() == {
        "state": "file",
        "fun": "managed",
        "name": "/etc/motd",
        "__id__": "motd",
        "__sls__": "a",
        "__env__": "base",
        "order": 10000,
        "mode": 644,
        "unless": "test -e /x",
        "require": [{"pkg": "base"}],
    }


def test_guards_are_no_arguments(compiled: Compile) -> None:
    text = "a:\n  cmd.run:\n    - onlyif: [x, y]\n    - creates: /z\n    - cwd: /\n"
    chunk = _chunks(compiled, text)["a"]
    assert chunk.guards == {"onlyif": ["x", "y"], "creates": "/z"}
    assert chunk.args == {"cwd": "/"}


def test_a_name_that_is_no_text_falls_back_to_the_id(compiled: Compile) -> None:
    assert "port" in _chunks(compiled, "port:\n  x.y:\n    - name: 8080\n")


def test_names_make_one_chunk_each(compiled: Compile) -> None:
    text = """\
many:
  file.managed:
    - mode: '0644'
    - names:
      - /b
      - /a:
        - mode: '0600'
        - require: [{pkg: x}]
      - /c: {source: s}
"""
    chunks = _chunks(compiled, text)
    assert list(chunks) == ["/b", "/a", "/c"]
    assert chunks["/b"].args == {"mode": "0644"}
    assert chunks["/a"].args == {"mode": "0600"}
    assert chunks["/a"].requisites == {"require": (("pkg", "x"),)}
    assert chunks["/c"].args == {"mode": "0644", "source": "s"}
    assert {chunk.id for chunk in chunks.values()} == {"many"}


def test_chunks_are_sorted_by_order_then_definition(compiled: Compile) -> None:
    text = """\
z: {test.nop: []}
last: {test.nop: [{order: last}]}
before_last: {test.nop: [{order: -1}]}
a: {test.nop: []}
first: {test.nop: [{order: first}]}
second: {test.nop: [{order: 5}]}
same: {test.nop: [{order: 5}]}
odd: {test.nop: [{order: whatever}]}
"""
    chunks = _chunks(compiled, text)
    assert list(chunks) == ["first", "same", "second", "z", "a", "odd", "before_last", "last"]
    assert (chunks["first"].order, chunks["second"].order, chunks["z"].order) == (0, 5, 10000)
    assert all("order" not in chunk.args for chunk in chunks.values())


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("pkg: nginx", ("pkg", "nginx")),
        ("pkg.installed: nginx", ("pkg", "nginx")),
        ("sls: web.install", ("sls", "web.install")),
        ("nginx", ("", "nginx")),
        ("id: nginx", ("", "nginx")),
        ("'pkg.installed:nginx'", ("pkg", "nginx")),
        ("'file.managed:/etc/a:b'", ("file", "/etc/a:b")),
        ("'file: /etc/*.conf'", ("", "file: /etc/*.conf")),
        ("'odd.id:x'", ("", "odd.id:x")),
        ("pkg: 5", ("pkg", "5")),
    ],
)
def test_forms_of_a_requisite(compiled: Compile, written: str, target: tuple[str, str]) -> None:
    text = f"odd.id:x: {{test.nop: []}}\na:\n  x.y:\n    - watch:\n      - {written}\n"
    assert _chunks(compiled, text)["a"].requisites == {"watch": (target,)}


def test_requisites_are_kept_in_order_without_doubles(compiled: Compile) -> None:
    text = "a:\n  x.y:\n    - require: [{pkg: b}, {pkg: a}, {pkg: b}]\n    - onfail: [c]\n"
    assert _chunks(compiled, text)["a"].requisites == {
        "require": (("pkg", "b"), ("pkg", "a")),
        "onfail": (("", "c"),),
    }


@pytest.mark.parametrize("kind", ["require", "watch", "onchanges", "onfail"])
@pytest.mark.parametrize(
    "target",
    ["- file: target", "- file: /target", "- target", "- 'file.managed:target'", "- /target"],
)
def test_in_forms_are_turned_round(compiled: Compile, kind: str, target: str) -> None:
    text = f"""\
source:
  pkg.installed:
    - {kind}_in:
      {target}
target:
  file.managed:
    - name: /target
    - require: [{{pkg: other}}]
"""
    chunks = _chunks(compiled, text)
    assert chunks["source"].requisites == {}
    assert chunks["source"].args == {}
    assert ("pkg", "source") in chunks["/target"].requisites[kind]
    assert ("pkg", "other") in chunks["/target"].requisites["require"]


def test_in_forms_reach_all_of_a_file_and_may_be_a_mapping(compiled: Compile) -> None:
    chunks = _chunks(
        compiled,
        "include: [b]\ns:\n  pkg.installed:\n    - require_in: [{sls: b}]\n"
        "t:\n  pkg.installed:\n    - watch_in: {test: one}\n",
        b="one: {test.nop: []}\ntwo: {test.nop: []}\n",
    )
    assert chunks["one"].requisites == {"require": (("pkg", "s"),), "watch": (("pkg", "t"),)}
    assert chunks["two"].requisites == {"require": (("pkg", "s"),)}


def test_an_in_form_without_its_target_is_an_error(compiled: Compile) -> None:
    text = "nginx: {pkg.installed: []}\na:\n  x.y:\n    - require_in:\n      - pkg: nginxx\n"
    with pytest.raises(CompileError) as caught:
        compiled({"states/a.zy": text}, ["a"])
    assert str(caught.value) == (
        "states/a.zy:3: 'require_in' of x.y names 'pkg: nginxx', which nothing declares"
    )
    assert caught.value.hint == "did you mean 'nginx'?"


def test_the_place_is_the_call_in_the_template(compiled: Compile) -> None:
    text = """\
{%- macro conf(id) %}
{{ id }}:
  file.managed: []
{%- endmacro %}
{% set names = ['x', 'y'] %}
one:
  pkg.installed: []
  file.managed:
    - name: /one
{% for name in names %}
{{ name }}:
  # a comment
  test.nop: []
{% endfor %}
{{ conf('macro') }}
short: test.nop
"""
    chunks = _chunks(compiled, text)
    assert {name: str(chunk.at) for name, chunk in chunks.items()} == {
        "one": "states/a.zy:7",
        "/one": "states/a.zy:8",
        "x": "states/a.zy:13",
        "y": "states/a.zy:13",
        "macro": "states/a.zy:15",
        "short": "states/a.zy:16",
    }
