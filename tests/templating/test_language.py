"""What templates can say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError, YamlError
from zester.targeting.node import NodeView
from zester.templating.recorded import RecordedFiles
from zester.templating.renderer import Renderer

Render = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ grains.id }} {{ facts['id'] }} {{ id }} {{ minion_id }}", "web1 web1 web1 web1"),
        ("{{ pillar.web.port }} {{ settings['web']['port'] }}", "80 80"),
        (
            "{{ grains.os }} {{ grains.os.family }} {{ facts['os']['family'] }}",
            "Debian debian debian",
        ),
        ("{{ 'y' if grains['os'] == 'Debian' else 'n' }}", "y"),
        (
            "{{ env }} {{ saltenv }} {{ sls }} {{ slspath }} {{ slsdotpath }}",
            "base base web web web",
        ),
        ("{{ tplfile }} {{ tpldir }} {{ tplroot }} {{ tpldot }}", "web/init.sls web web web"),
        ("{{ salt['pillar.get']('web:port') }} {{ salt['pillar.get']('web.port') }}", "80 80"),
        (
            "{{ salt.pillar.get('web:port', 1) }} {{ salt_call('settings.get', 'web:port') }}",
            "80 80",
        ),
        ("{{ salt['pillar.get']('web:none', 'd') }}|{{ pillar_get('none') }}|", "d||"),
        ("{% set f = 'pillar.get' %}{{ salt[f]('web:port') }}", "80"),
        (
            "{{ salt['pillar.get']('web', {'port': 1, 'x': 2}, merge=True) }}",
            "{'port': 80, 'x': 2, 'names': ['x']}",
        ),
        ("{{ salt['grains.get']('roles:1') }} {{ facts_get('os_family') }}", "b Debian"),
        ("{{ salt['config.get']('web:port') }} {{ salt['config.get']('os_family') }}", "80 Debian"),
        ("{{ salt['config.get']('nope', default=3) }}", "3"),
        ("{{ salt['grains.filter_by']({'Debian': {'a': 1}, 'default': {'a': 2}}).a }}", "1"),
        ("{{ salt['grains.filter_by']({'X': {'a': 1}, 'default': {'a': 2}}).a }}", "2"),
        ("{{ salt['grains.filter_by']({'X': 1}, default='X') }}", "1"),
        ("{{ salt['grains.filter_by']({'x': 1}) }}", "None"),
        (
            "{{ salt['grains.filter_by']({'D*': {'a': {'b': 1}}, 'base': {'a': {'c': 2}, 'd': 3}},"
            " merge={'a': {'e': 4}}, base='base') }}",
            "{'a': {'c': 2, 'b': 1, 'e': 4}, 'd': 3}",
        ),
        ("{{ salt['grains.filter_by']({'web1': 'me'}, grain='id') }}", "me"),
        ("{{ grains_filter_by({'debian': 1}) }} {{ grains_filter_by({'Debian': 2}) }}", "1 2"),
        (
            "{{ grains_filter_by({'debian': {'a': 1}}, 'os.family', {'b': 2}, {'c': 3}) }}",
            "{'c': 3, 'a': 1, 'b': 2}",
        ),
        (
            "{{ file_dirname('/a/b') }} {{ salt['file.basename']('/a/b') }} "
            "{{ salt['file.join']('/a', 'b') }}",
            "/a b /a/b",
        ),
        ("{% set l = [] %}{% do l.append(1) %}{% do l.extend([2]) %}{{ l }}", "[1, 2]"),
        ("{% set d = {} %}{% do d.update({'a': 1}) %}{{ d.a }} {{ d.get('b', 2) }}", "1 2"),
        (
            "{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}"
            "{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}",
            "02",
        ),
        (
            "{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = "
            "ns.n + i %}{% endfor %}{{ ns.n }}",
            "3",
        ),
        (
            "{{ missing | default('x') }} {{ missing is defined }} {{ salt['no.no'] is defined }}",
            "x False False",
        ),
        ("{% load_yaml as d %}\na: [1, 2]\n{% endload %}{{ d.a[1] }}", "2"),
        ('{% load_json as d %}{"a": 3}{% endload %}{{ d.a }}', "3"),
        ("{% filter upper %}a{% endfilter %}", "A"),
        ("a\n", "a\n"),
        ("{% if true %}a{% endif -%}\n", "a\n"),
        ("{% if true %}\na\n{% endif %}\n", "\na\n\n"),
        ("{{ salt['log.debug']('x') }}", "True"),
    ],
)
def test_it_renders_to(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ {'b': 1, 'a': [True, None]} | json }}", '{"a": [true, null], "b": 1}'),
        ("{{ {'b': '<é>', 'a': 1} | tojson }}", '{"b": "\\u003c\\u00e9\\u003e", "a": 1}'),
        ("{{ ['é'] | to_json }}", '["é"]'),
        ("{{ {'a': [1, '2']} | yaml }}", "{a: [1, '2']}"),
        ("{{ {'a': [1]} | yaml(False) }}", "a:\n- 1"),
        ("{{ 'x' | yaml }}", "x"),
        ("{{ grains.os | yaml }} {{ grains.os | json }}", 'Debian "Debian"'),
        ("{{ 'a\"b\n' | yaml_dquote }}", '"a\\"b\\n"'),
        ("{{ 'a' | yaml_encode }} {{ 5 | yaml_encode }} {{ true | yaml_encode }}", '"a" 5 true'),
        ("{{ ('a: [1]' | load_yaml).a }} {{ ('[2]' | load_json)[0] }}", "[1] 2"),
        ("{{ 'abc' | regex_replace('b+', 'X') }}", "aXc"),
        ("{{ 'abc' | regex_replace('^(A)', '\\\\1-', ignorecase=True) }}", "a-bc"),
        ("{{ 'abc' | regex_match('a(b)') }} {{ 'abc' | regex_match('b') }}", "('b',) None"),
        ("{{ 'abc' | regex_search('(c)') }}", "('c',)"),
        ("{{ [1, 2, 1, [3], [3]] | unique }}", "[1, 2, [3]]"),
        ("{{ {'a': {'b': 1}} | traverse('a:b') }} {{ {} | traverse('x', 9) }}", "1 9"),
        (
            "{{ 'Yes' | to_bool }} {{ 'no' | to_bool }} {{ 0 | to_bool }} {{ [0] | to_bool }}",
            "True False False True",
        ),
        ("{{ '/a' | path_join('b', 'c') }}", "/a/b/c"),
    ],
)
def test_filters(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


FILES: dict[str, str | bytes] = {
    "states/web/map.jinja": "{% set port = salt['pillar.get']('web:port') %}"
    "{% set where = tpldir %}{% from './deep/lib.jinja' import hello with "
    "context %}{% set greeting = hello() %}"
    "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}",
    "states/web/deep/lib.jinja": "{% macro hello() %}hello {{ grains.id }}{% endmacro %}"
    "{% set here = tpldir %}",
    "states/web/d.yaml": "port: 8080\nmode: 0644\nname: {{ grains.id }}\n",
    "states/web/d.json": '{"a": [1]}',
    "states/part.sls": "part of {{ tplfile }}\n",
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "{% from 'web/map.jinja' import port, twice with context %}{{ port }}{{ twice(1) }}",
            "8011",
        ),
        ("{% from tplroot ~ '/map.jinja' import port with context %}{{ port }}", "80"),
        (
            "{% from './map.jinja' import port, greeting %}{{ port }} {{ greeting }}",
            "80 hello web1",
        ),
        ("{% import 'web/map.jinja' as m with context %}{{ m.port }}{{ m.where }}", "80web"),
        ("{% from 'web/deep/lib.jinja' import here %}{{ here }}", "web/deep"),
        ("{% from 'web/deep/lib.jinja' import here with context %}{{ here }}", "web"),
        (
            "{% import_yaml 'web/d.yaml' as d %}{{ d.port }} {{ d.mode }} {{ d.name }}",
            "8080 644 web1",
        ),
        ("{% import_yaml tpldir ~ '/d.yaml' as d with context %}{{ d.port }}", "8080"),
        ("{% import_json 'salt://web/d.json' as d %}{{ d.a }}", "[1]"),
        ("{% import_text 'web/d.json' as d %}{{ d }}", '{"a": [1]}'),
        ("{% include 'part.sls' %}!", "part of web/init.sls!"),
        (
            "{% include 'nope' ignore missing %}{% include ['nope', 'part.sls'] %}",
            "part of web/init.sls",
        ),
        ("{% for i in [1] %}{% import_yaml 'web/d.yaml' as d %}{{ d.port }}{% endfor %}", "8080"),
    ],
)
def test_other_files(render: Render, text: str, wanted: str) -> None:
    assert render(text, FILES) == wanted


def test_imported_data_can_be_changed_without_a_trace(render: Render) -> None:
    text = "{% import_yaml 'web/d.yaml' as d %}{% do d.update({'port': 1}) %}"
    again = "{% import_yaml 'web/d.yaml' as e %}{{ d.port }} {{ e.port }}"
    assert render(text + again, FILES) == "1 8080"


def test_execution_functions_are_called(render: Render) -> None:
    functions = {"cmd.run": lambda command: f"ran {command}"}
    assert render("{{ salt['cmd.run']('x') }}", execution=functions) == "ran x"
    assert render("{{ salt.cmd.run(command='y') }}", execution=functions) == "ran y"


def test_an_unknown_function_names_its_nearest_match(render: Render) -> None:
    with pytest.raises(
        RenderError, match=r"unknown function 'pilar.get', did you mean 'pillar.get'"
    ):
        render("{{ salt['pilar.get']('x') }}")
    with pytest.raises(RenderError, match="not available here"):
        render("{{ salt['zz.qq']('x') }}")
    with pytest.raises(RenderError, match=r"unknown function 'zz.qq'$"):
        render("{{ salt_call('zz.qq') }}", execution={})


def test_yaml_in_a_load_block_is_checked(render: Render) -> None:
    with pytest.raises(RenderError, match="not YAML: duplicate key 'a'"):
        render("{% load_yaml as d %}\na: 1\na: 2\n{% endload %}")


def test_yaml_in_an_imported_file_is_checked(render: Render) -> None:
    with pytest.raises(YamlError) as caught:
        render("\n{% import_yaml 'web/bad.yaml' as d %}", {"states/web/bad.yaml": "a: 1\na: 2\n"})
    assert str(caught.value).startswith("states/web/init.sls:2 → states/web/bad.yaml:2: duplicate")


def test_what_templates_change_does_not_leave_the_session(
    make_renderer: Callable[..., object], render: Render
) -> None:
    assert render("{% do pillar.web.update({'port': 1}) %}{{ pillar.web.port }}") == "1"
    assert render("{{ pillar.web.port }}") == "80"


def test_what_a_template_does_to_the_os_fact_stays_in_its_session() -> None:
    node = NodeView(id="web1", facts={"os": {"name": "Debian", "more": {"a": 1}}})
    change = "{% do facts.os.parts.update({'name': 'x'}) %}{% do facts.os.more.update({'a': 2}) %}"

    for _ in range(2):
        session = Renderer(RecordedFiles(NoFiles()), "", node)
        assert session.render_text("{{ facts.os.name }}{{ facts.os.more.a }}", name="a").text == (
            "Debian1"
        )
        session.render_text(change, name="a")


class NoFiles:
    """A tree without files."""

    def read(self, path: str) -> bytes | None:
        return None

    def paths(self) -> tuple[str, ...]:
        return ()
