"""Hostile templates end in an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError
from zester.templating.jinja.limits import Limits

Render = Callable[..., str]
LIMITS = Limits(seconds=2, steps=20_000, text=100_000, items=10_000)


@pytest.mark.parametrize(
    "text",
    [
        "{% set l = [1] %}{% for i in l %}{% do l.append(i) %}{% endfor %}",
        "{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}",
        "{% for i in range(10**9) %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% "
        "endif %}{% endmacro %}{{ f(50) }}",
        "{% for a in [1] recursive %}{{ loop([1, 2]) }}{% endfor %}",
        "{{ 'x' * 10**9 }}",
        "{{ [1] * 10**9 }}",
        "{{ 10 ** (10 ** 10) }}",
        "{% set ns = namespace(n=7) %}{% for i in range(99) %}{% set "
        "ns.n = ns.n * ns.n %}{% endfor %}",
        "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set "
        "ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set "
        "ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set "
        "ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set l = [1] %}{% for i in range(99) %}{% do l.extend(l) %}{% endfor %}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ 'x'.zfill(10**9) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%*d' % (999999999, 1) }}",
        "{{ '{:>999999999}'.format(1) }}",
        "{{ '%999999999d' | format(1) }}",
        "{{ 'x' | center(10**9) }}",
        "{{ 'x\nx' | indent(10**9) }}",
        "{{ ('x' * 90000).replace('x', 'y' * 90000) }}",
        "{{ ('x' * 90000) | replace('x', 'y' * 90000) }}",
        "{{ ('x' * 90000).join(['y'] * 9000) }}",
        "{{ (['y' * 9000] * 9000) | join(',') }}",
        "{{ [1] | batch(10**9, 0) | list }}",
        "{{ lipsum(10**9) }}",
        "{% for i in range(9999) %}{{ 'x' * 1000 }}{% endfor %}",
        "{% set x %}{% for i in range(9999) %}{{ 'x' * 1000 }}{% endfor %}{% endset %}",
        "{{ '{:{w}}'.format(1, w=10**9) }}",
        "{{ '{0:{1[w]}}'.format(1, {'w': 10**9}) }}",
        "{{ '{a:{w}}'.format_map({'a': 1, 'w': 10**9}) }}",
        "{{ ('{0}' * 9000).format('a' * 9000) }}",
        "{{ ('%(a)s' * 9000) % {'a': 'a' * 9000} }}",
        "{{ ('%(a)s' * 9000) | format(a='a' * 9000) }}",
        "{{ ('x' * 9000).join(range(9000) | map('string')) }}",
        "{{ range(9000) | join('x' * 9000) }}",
        "{{ [[1] * 9000] * 9000 }}",
        "{{ ([[1] * 9000] * 9000) | string }}",
        "{{ ([[1] * 9000] * 9000) ~ '' }}",
        "{{ '%s' % ([[1] * 9000] * 9000) }}",
        "{{ ('\\n' * 90000) | indent(9000) }}",
        "{{ ('\\n' * 90000) | indent('x' * 9000) }}",
        "{{ ('\\t' * 90000).expandtabs(9000) }}",
        "{{ ('a' * 90000).translate({97: 'b' * 9000}) }}",
        "{{ ('a' * 90000) | regex_replace('a', 'b' * 90000) }}",
        "{{ ([[1] * 9000] * 9000) | sum(start=[]) }}",
        "{{ ('a ' * 40000) | wordwrap(1, wrapstring='x' * 9000) }}",
    ],
)
def test_unbounded_work_is_cut_off(render: Render, text: str) -> None:
    with pytest.raises(RenderError):
        render(text, limits=LIMITS)


@pytest.mark.parametrize(
    "use", ["", "| yaml", "| yaml(False)", "| json", "| tojson", "| pprint", "| string", "| join"]
)
def test_a_value_that_holds_itself_many_times_is_not_written_out(render: Render, use: str) -> None:
    doubled = "{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
    with pytest.raises(RenderError):
        render(f"{{% set ns = namespace(x=[1]) %}}{doubled}{{{{ ns.x {use} }}}}", limits=LIMITS)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{ '%d' % 68719476736 }}", "68719476736"),
        ("{{ '{:,}'.format(68719476736) }}", "68,719,476,736"),
        ("{{ '%s MB' | format(68719476736) }}", "68719476736 MB"),
        ("{{ '{0:>{1}}'.format('x', 3) }}", "  x"),
        ("{{ ','.join(['a', 'b'] | map('upper')) }}", "A,B"),
        ("{{ ['a', 'b'] | map('upper') | join('-') }}", "A-B"),
        ("{{ [1, 1.0, '1', [1], [1], {'a': 1}, {'a': 1}] | unique }}", "[1, '1', [1], {'a': 1}]"),
        ("{{ range(9000) | unique | length }}", "9000"),
        ("{{ [[1], [2]] | sum(start=[]) }}", "[1, 2]"),
        ("{{ 'aXb' | regex_replace('(X)', '<\\\\1>') }}", "a<X>b"),
        ("{{ 'a\nb' | indent(2, true) }}", "  a\n  b"),
        ("{{ [1, 'a', {'b': [none, true]}] }}", "[1, 'a', {'b': [None, True]}]"),
    ],
)
def test_what_is_small_is_let_through(render: Render, text: str, result: str) -> None:
    assert render(text, limits=LIMITS) == result


@pytest.mark.parametrize("printed", ["x", "x | json", "x | yaml", "'a' ~ x", "x | string"])
def test_what_holds_itself_is_refused_at_once(render: Render, printed: str) -> None:
    text = "{% set x = {'a': []} %}{% do x.a.extend([1, [x]]) %}{{ " + printed + " }}"
    with pytest.raises(RenderError, match="a text is longer than"):
        render(text, limits=Limits(seconds=60, text=10**12))


def test_what_is_met_again_and_again_is_weighed_once(render: Render) -> None:
    text = (
        "{% set ns = namespace(x=['abc']) %}"
        "{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}"
    )
    with pytest.raises(RenderError, match="a text is longer than"):
        render(text, limits=Limits(seconds=60, text=10**12))


def test_the_clock_is_read_in_loops(render: Render) -> None:
    loop = "{% for i in range(9999) %}" * 3 + "{% endfor %}" * 3
    with pytest.raises(RenderError, match=r"runs longer than 0.05 s"):
        render(loop, limits=Limits(seconds=0.05, steps=10**12))


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ [].__init__.__globals__ }}",
        "{{ salt['pillar.get'].__globals__ }}",
        "{{ salt['pillar.get']._call }}",
        "{{ salt._functions }}",
        "{{ salt.pillar._accessor }}",
        "{{ lipsum.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ range.__self__ }}",
        "{{ ''['__class__'] }}",
        "{{ '' | attr('__class__') }}",
        "{{ [''] | map(attribute='__class__') | first }}",
    ],
)
def test_python_is_out_of_reach(render: Render, text: str) -> None:
    with pytest.raises(RenderError):
        render(text)


def test_a_session_survives_a_cut_off(make_renderer: Callable[..., object]) -> None:
    renderer = make_renderer(limits=LIMITS)
    for _ in range(3):
        with pytest.raises(RenderError):
            renderer.render_text("{{ 'x' * 10**9 }}", name="a", sls="a")  # type: ignore[attr-defined]  # a Renderer
        text = renderer.render_text("{% for i in range(9000) %}{% endfor %}ok", name="a", sls="a")  # type: ignore[attr-defined]  # a Renderer
        assert text.text == "ok"
