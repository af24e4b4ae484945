"""Rendered text knows the template lines it came from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.templating.origin import Rendered, Segment
from zester.templating.renderer import Renderer

TEMPLATE = """\
{%- set names = ['a', 'b'] -%}
{#- a comment
over two lines #}
{%- macro state(id) %}
{{ id }}:
  test.nop: []
{% endmacro -%}
first:
  test.nop: []
{% for name in names %}
{{ name }}-in-loop:
  test.nop: []
{% endfor %}
{{ state('from-macro') }}
{%- if true %}
{{ 'inline' }}: {x.y: []}
{%- endif %}
{% include 'other.sls' %}
{% raw %}
last{{ }}: 1
{% endraw %}
"""


@pytest.mark.parametrize(
    ("needle", "file", "line"),
    [
        ("first:", "web/init.sls", 8),
        ("a-in-loop", "web/init.sls", 11),
        ("b-in-loop", "web/init.sls", 11),
        ("from-macro", "web/init.sls", 14),
        ("inline", "web/init.sls", 16),
        ("included", "other.sls", 2),
        ("last", "web/init.sls", 20),
    ],
)
def test_every_piece_has_its_line(
    make_renderer: Callable[..., Renderer], needle: str, file: str, line: int
) -> None:
    renderer = make_renderer({"states/other.sls": "{% set x = 1 %}\nincluded: {{ x }}\n"})
    rendered = renderer.render_text(TEMPLATE, name="web/init.sls", sls="web")
    at = rendered.at(rendered.text.index(needle))
    assert (at.file, at.line) == (f"states/{file}", line)


def test_text_without_jinja_is_its_own_origin(make_renderer: Callable[..., Renderer]) -> None:
    rendered = make_renderer().render_text("a\r\nb: c\n", name="x.sls", sls="x")
    assert rendered.text == "a\nb: c\n"
    assert rendered.at(2).line == 2
    assert rendered.at(5).column == 4


def test_files_read_and_missing_are_recorded(make_renderer: Callable[..., Renderer]) -> None:
    renderer = make_renderer({"states/a.jinja": "{% include 'gone' ignore missing %}"})
    renderer.render_text("{% include 'a.jinja' %}", name="x.sls", sls="x")
    assert renderer.files.reads == {"states/a.jinja", "states/gone"}


def test_every_place_of_a_long_text_is_told_from_its_newlines() -> None:
    text = "".join(f"line {number}\n" for number in range(1000))
    rendered = Rendered(text, (Segment(0, "a", 1, True), Segment(8000, "b", 5, True)), "states/")

    for offset in (0, 6, 7, 8, 4321, 7999, 8000, 8001, len(text) - 1):
        start, first = (0, 1) if offset < 8000 else (8000, 5)
        newlines = text.count("\n", start, offset)
        at = rendered.at(offset)
        assert (at.file, at.line) == (f"states/{'a' if start == 0 else 'b'}", first + newlines)
        column = offset - text.rfind("\n", start, offset) if newlines else None
        assert at.column == column
