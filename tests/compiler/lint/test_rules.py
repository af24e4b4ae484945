"""Each rule, on trees that break it and trees that do not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from zester.compiler.checks.lint.finding import Finding
from zester.compiler.checks.lint.lint import lint_tree
from zester.compiler.checks.lint.rules.table import RULES
from zester.targeting.node import NodeView

Tree = Mapping[str, str | bytes]


class _Files:
    def __init__(self, files: Tree) -> None:
        self._files = files

    def read(self, path: str) -> bytes | None:
        data = self._files.get(path)
        return data.encode() if isinstance(data, str) else data

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))


def lint(files: Tree, node: NodeView | None = None) -> tuple[Finding, ...]:
    return lint_tree(_Files(files), node=node)


def found(files: Tree, rule: str) -> list[tuple[str, int, int]]:
    return [(each.file, each.line, each.column) for each in lint(files) if each.rule == rule]


ONE: Mapping[str, tuple[str, tuple[int, int]]] = {
    "syntax": ("a: [\n", (2, 1)),
    "missing-include": ("include:\n  - gone\n", (2, 5)),
    "unknown-function": ("a:\n  fiel.managed: []\n", (2, 3)),
    "unsupported-function": ("a:\n  docker_container.running: []\n", (2, 3)),
    "unknown-parameter": ("a:\n  file.managed:\n    - nmae: /x\n", (3, 7)),
    "missing-requisite": ("a:\n  test.nop:\n    - require:\n      - pkg: b\n", (4, 14)),
    "unknown-template-function": ("{{ salt['pillar.gett']('x') }}:\n  test.nop: []\n", (1, 10)),
    "unknown-filter": ("{{ 'x' | nofilter }}:\n  test.nop: []\n", (1, 10)),
    "missing-template": ("{% include 'gone.jinja' %}\n", (1, 13)),
    "clear-secret": ("a:\n  user.present:\n    - password: hunter2\n", (3, 7)),
    "private-key": ("# -----BEGIN RSA PRIVATE KEY-----\n", (1, 3)),
    "unquoted-octal": ("a:\n  file.managed:\n    - mode: 0644\n", (3, 7)),
    "control-character": ("# a\u200bb\n", (1, 4)),
    "missing-source": ("a:\n  file.managed:\n    - source: salt://gone\n", (3, 15)),
    "unguarded-command": ("a:\n  cmd.run:\n    - name: ls\n", (2, 3)),
    "deprecated-spelling": ("a:\n  cmd.wait:\n    - name: ls\n", (2, 3)),
    "unused-macro": ("{% macro m() %}{% endmacro %}\n", (1, 10)),
    "unused-import": ("{% from 'a.sls' import x %}\n", (1, 24)),
    "unused-noqa": ("a: {test.nop: []}  # noqa\n", (1, 20)),
}


@pytest.mark.parametrize("rule", sorted(ONE))
def test_a_rule_points_at_the_place(rule: str) -> None:
    text, place = ONE[rule]

    assert found({"a.sls": text}, rule) == [("a.sls", *place)]


@pytest.mark.parametrize("rule", sorted(ONE.keys() - {"syntax", "unused-noqa"}))
def test_a_noqa_hides_a_rule(rule: str) -> None:
    text, (line, _) = ONE[rule]
    lines = text.split("\n")
    lines[line - 1] += f" # noqa: {rule}"
    findings = lint({"a.sls": "\n".join(lines)})

    assert not [each for each in findings if each.rule in (rule, "unused-noqa")]


def test_a_nearest_match_is_suggested() -> None:
    (finding,) = [each for each in lint({"a.sls": ONE["unknown-parameter"][0]}) if each.hint]

    assert (finding.rule, finding.hint) == ("unknown-parameter", "did you mean 'name'?")


def test_a_sound_tree_says_nothing() -> None:
    tree = {
        "states/top.sls": "base:\n  '*':\n    - web\n",
        "states/web/map.jinja": "{% set web = {'dir': '/srv'} %}\n",
        "states/web/init.sls": (
            "{% from 'web/map.jinja' import web %}\ninclude:\n  - .more\n"
            "{{ web.dir }}:\n  file.directory:\n    - mode: '0755'\n"
            "    - require:\n      - file: other\n"
        ),
        "states/web/more.sls": "other:\n  file.managed:\n    - name: /x\n    - source: salt://web/x\n",
        "states/web/x": "text",
        "settings/top.sls": "base:\n  '*':\n    - db\n",
        "settings/db.sls": "password: {{ grains.id }}\nroot:\n  password: $6$abc$defg\ntoken: ''\n",
    }

    assert lint(tree) == ()


def test_ids_that_come_together_are_unique() -> None:
    body = "same:\n  test.nop: []\n"
    tree = {"top.sls": "base:\n  '*': [a]\n  'x': [b]\n", "a.sls": "include: [c]\n" + body}
    assert found({**tree, "b.sls": body, "c.sls": "c: {test.nop: []}\n"}, "duplicate-id") == []
    assert found({**tree, "c.sls": body, "b.sls": ""}, "duplicate-id") == [("c.sls", 1, 1)]


def test_ids_under_a_condition_are_not_certain_to_meet() -> None:
    body = "{% if grains.x %}\nsame:\n  test.nop: []\n{% endif %}\n"
    tree = {"a.sls": "include: [b]\n" + body, "b.sls": body}

    assert found(tree, "duplicate-id") == []


def test_requisites_that_an_expression_may_meet_are_not_missing() -> None:
    text = "a:\n  test.nop:\n    - require:\n      - file: /etc/b\n"
    assert found({"a.sls": text + "{{ x }}:\n  file.managed: []\n"}, "missing-requisite") == []
    assert found({"a.sls": text + "{{ x }}:\n  pkg.installed: []\n"}, "missing-requisite")


def test_a_file_nothing_assigns_is_unused() -> None:
    tree = {"top.sls": "base: {'*': [a]}\n", "a.sls": "include: [b]\n", "b.sls": "", "c.sls": ""}

    assert found(tree, "unused-file") == [("c.sls", 1, 1)]


def test_a_tab_in_the_indentation_is_told() -> None:
    assert found({"a.sls": "a:\n \ttest.nop: []\n"}, "tab-indent") == [("a.sls", 2, 2)]
    assert (
        found({"a.sls": "a:\n  cmd.run:\n    - name: |\n        x\n        \ty\n"}, "tab-indent")
        == []
    )


@pytest.mark.parametrize("value", ["{{ x }}", "''", "$6$salt$hash", "!encrypted abc", "~", "true"])
def test_what_is_no_secret_is_left_alone(value: str) -> None:
    assert found({"a.sls": f"password: {value}\n"}, "clear-secret") == []


def test_a_private_key_is_found_in_any_file() -> None:
    tree = {"a.sls": "", "files/key.pem": "x\n-----BEGIN OPENSSH PRIVATE KEY-----\n"}

    assert found(tree, "private-key") == [("files/key.pem", 2, 1)]


def test_a_given_node_makes_what_does_not_compile_a_finding() -> None:
    tree = {"top.sls": "base: {'*': [a]}\n", "a.sls": "{{ grains.nope }}: {test.nop: []}\n"}
    node = NodeView("n1", {"id": "n1"})

    assert [each.rule for each in lint(tree)] == []
    assert [(each.rule, each.file, each.line) for each in lint(tree, node)] == [
        ("compile", "a.sls", 1)
    ]


def test_the_low_state_tells_what_expressions_hide() -> None:
    text = "{% set key = 'nmae' %}\na:\n  file.managed:\n    - {{ key }}: /x\n"

    assert [each.rule for each in lint({"a.sls": text})] == ["unknown-parameter"]


def test_branches_in_the_middle_are_looked_at() -> None:
    text = (
        "{% if a %}\n{% elif b %}\nx:\n  file.managed:\n    - mode: 0600\n{% else %}\n{% endif %}\n"
    )

    assert found({"a.sls": text}, "unquoted-octal") == [("a.sls", 5, 7)]


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 40,
        b"a: b\n" * 400_000,
        b"[" * 50_000,
        b"- " * 50_000,
        b"{{ " + b"(" * 5_000 + b" }}",
        b"{% for i in range(99999999) %}{% for j in range(99999999) %}x{% endfor %}{% endfor %}",
        b"include: [self]\n{% include 'self.sls' %}",
        b"a: &a [*a]\nb: {c: *a}\n",
        b"extend: 5\ninclude: 7\nexclude: {a: b}\na: [1]\nb: {c: {d: e}}\nc: {c: [[a]]}\n~: 1\n",
        b"base: [x]\n",
    ],
)
@pytest.mark.parametrize("name", ["self.sls", "top.sls", "map.jinja"])
def test_garbage_does_not_stop_it(name: str, data: bytes) -> None:
    for finding in lint({name: data}):
        assert finding.file == name
        assert finding.rule in RULES


def test_the_settings_top_file_holds_no_values() -> None:
    top = "{% set role = 'web' %}\n{% set db_password = 'hunter2' %}\nbase: {'*': [a]}\n"
    tree = {"settings/top.sls": top, "settings/a.sls": top, "states/top.sls": ""}
    assert found(tree, "value-in-top") == [("settings/top.sls", 2, 8)]
