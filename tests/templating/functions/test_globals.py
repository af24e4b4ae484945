"""The variables and functions every template sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError
from zester.templating.providers import Providers

Render = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "{{ env }} {{ saltenv }} {{ sls }} {{ id }} {{ minion_id }} {{ proxy }}",
            "base base web web1 web1 {}",
        ),
        ("{{ slspath }} {{ slsdotpath }} {{ slscolonpath }} {{ sls_path }}", "web web web web"),
        (
            "{{ tplpath }} {{ tplfile }} {{ tpldir }} {{ tpldot }} {{ tplroot }}",
            "web/init.sls web/init.sls web web web",
        ),
        ("{{ opts.id }} {{ opts['file_client'] }} {{ opts.get('__cli') }}", "web1 local salt-call"),
        ("{{ opts.saltenv }} {{ opts.pillarenv }} {{ opts.test }}", "base None False"),
        ("{{ opts.grains.os }} {{ opts.pillar.s }}", "Debian text"),
        ("{{ opts.cachedir }} {{ opts.config_dir }}", "/var/cache/salt/minion /etc/salt"),
        ("{{ opts.__master_opts__ is defined }}", "False"),
        ("{{ host is defined }}", "False"),
        (
            "{{ facts.os }} {{ grains.os }} {{ settings.s }} {{ pillar.s }}",
            "Debian Debian text text",
        ),
        ("{{ facts_get('nested.a.b') }} {{ grains_get('nested:a:b') }}", "1 1"),
        (
            "{{ pillar_get('web:port') }} {{ pillar_get('web.port') }} {{ settings_get('x', 3) }}",
            "80 80 3",
        ),
        ("{{ file_dirname('/etc/nginx/nginx.conf') }}", "/etc/nginx"),
        ("{{ dict(a=1) }} {{ namespace(a=1).a }} {{ range(2) | list }}", "{'a': 1} 1 [0, 1]"),
        ("{{ odict([('b', 1), ('a', 2)]) }}", "{'b': 1, 'a': 2}"),
        ("{{ ifelse('web*', 1, 2) }} {{ ifelse('db*', 1, 2) }} {{ ifelse(5) }}", "1 2 5"),
        ("{{ ifelse(False, 1, 'G@os:Debian', 3, 2) }} {{ ifelse(True, 1, 2) }}", "3 1"),
        ("{% set x = 1 %}{{ show_full_context().x }}", "1"),
        ("{% macro f() %}{{ varargs | join }}{% endmacro %}{{ f(1, 2) }}", "12"),
    ],
)
def test_a_template_sees(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ grains_filter_by({'debian': {'a': 1}, 'default': {'a': 2}}) }}", "{'a': 1}"),
        ("{{ grains_filter_by({'Debian': {'a': 1}}) }}", "{'a': 1}"),
        ("{{ grains_filter_by({'redhat': 1, 'default': 2}) }}", "2"),
        ("{{ grains_filter_by({'redhat': 1}) }}", "None"),
        ("{{ grains_filter_by({'x': 1, 'q': 4}, 'nope', none, none, 'q') }}", "4"),
        (
            "{{ grains_filter_by({'Debian': {'a': {'b': 1}}}, 'os', {'a': {'c': 2}}, {'d': 3}) }}",
            "{'d': 3, 'a': {'b': 1, 'c': 2}}",
        ),
        (
            "{{ grains_filter_by({'web1': {'a': 1}, 'b': {'c': 2}}, 'id', base='b') }}",
            "{'c': 2, 'a': 1}",
        ),
        ("{{ grains_filter_by({'web1': 1}, grain='id', merge=none) }}", "1"),
        (
            "{% set t = {'debian': {'a': 1}} %}"
            "{% set x = grains_filter_by(t, merge={'b': 2}) %}{{ t }}",
            "{'debian': {'a': 1}}",
        ),
    ],
)
def test_the_reference_picks_by_a_fact(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ mlist() }} {{ mlist(1, 'a') }} {{ mlist([1]) }}", "[] [1, 'a'] [[1]]"),
        ("{% set l = mlist() %}{% do l.Append(1) %}{% do l.Extend([2, 3]) %}{{ l }}", "[1, 2, 3]"),
        ("{% set l = mlist(1, 2) %}{{ l.Len() }} {{ l | length }} {{ l.Items() }}", "2 2 [1, 2]"),
        ("{% set l = mlist(1) %}{{ l.Get(0) }} {{ l.Get(1) }} {{ l.Get(-1) }}", "1 None None"),
        ("{% for i in mlist(1, 2) %}{{ i }}{% endfor %} {{ mlist(3, 4) | last }}", "12 4"),
        ("{{ 'y' if mlist() else 'n' }}{{ 'y' if mlist(1) else 'n' }}", "ny"),
        ("{{ 2 in mlist(1, 2) }} {{ mlist(1) == [1] }} {{ mlist(1) + [2] }}", "True True [1, 2]"),
        ("{{ mlist(1, {'a': 2}) | json }} {{ mlist('a').Items() | json }}", '[1, {"a": 2}] ["a"]'),
        ("{{ salt['slsutil.serialize']('yaml', {'l': mlist(1)}) }}", "l: [1]"),
        (
            "{{ mlist(1) is sequence }} {{ mlist(1) is iterable }} {{ mlist() is string }}",
            "True True False",
        ),
        (
            "{% set l = mlist() %}{% for i in [1, 2] %}{% do l.Append(i) %}{% endfor %}{{ l }}",
            "[1, 2]",
        ),
        ("{% set l = mlist() %}{% do l.append(1) %}{% do l.extend([2]) %}{{ l }}", "[1, 2]"),
    ],
)
def test_a_mutable_list_is_a_list_with_more_names(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


def test_a_mutable_list_cannot_grow_without_end(render: Render) -> None:
    with pytest.raises(RenderError, match="longer than"):
        render("{% set l = mlist(1) %}{% for i in range(99) %}{% do l.Extend(l) %}{% endfor %}")


def test_raise_ends_the_rendering_with_its_message(render: Render) -> None:
    with pytest.raises(RenderError, match=r"init\.sls:2: no such web"):
        render("\n{{ raise('no such web') }}")


def test_the_basket_answers_through_its_provider(render: Render) -> None:
    asked: list[tuple[str, str]] = []

    def basket(target: str, name: str) -> object:
        asked.append((target, name))
        return {"a": "10.0.0.1", "web1": "10.0.0.2"}

    providers = Providers(basket=basket)
    text = "{{ basket('role:api', 'network.ipv4') }}"
    assert render(text, None, providers) == "{'a': '10.0.0.1', 'web1': '10.0.0.2'}"
    mine = "{{ salt['mine.get']('os:Debian', 'x', tgt_type='grain', exclude_minion=true) }}"
    assert render(mine, None, providers) == "{'a': '10.0.0.1'}"
    several = "{{ salt['mine.get']('*', ['x', 'y']) | list }}"
    assert render(several, None, providers) == "['x', 'y']"
    assert asked == [("role:api", "network.ipv4"), ("G@os:Debian", "x"), ("*", "x"), ("*", "y")]


def test_without_a_basket_nothing_is_mined(render: Render) -> None:
    assert render("{{ salt['mine.get']('*', 'x') }} {{ salt.mine.get('*', ['x']) }}") == "{} {}"


def test_what_templates_change_is_not_seen_by_functions(render: Render) -> None:
    text = "{% do pillar.web.update({'q': 1}) %}{{ pillar.web.q }} {{ pillar_get('web:q', 'no') }}"
    assert render(text) == "1 no"
    text = "{% do salt['pillar.get']('web').update({'q': 1}) %}{{ salt['pillar.get']('web:q') }}"
    assert render(text + " {{ pillar.web.q is defined }}") == "1 False"
