"""``undefined: lenient``: names that do not exist are empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError
from zester.templating.providers import Providers

Render = Callable[..., str]
LENIENT = Providers(lenient=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[{{ nope }}]", "[]"),
        ("[{{ nope.a.b['c'][0] }}]", "[]"),
        ("[{{ pillar.web.nope.deeper }}]", "[]"),
        ("[{% for i in nope %}x{% endfor %}]", "[]"),
        ("[{% for k, v in nope.items %}x{% endfor %}]", "[]"),
        ("{{ 'y' if nope else 'n' }}{{ 'y' if not nope.a else 'n' }}", "ny"),
        (
            "{{ nope == '' }} {{ nope == none }} {{ nope != 'x' }} {{ nope == 'x' }}",
            "True True True False",
        ),
        ("{{ 'x' in nope }} {{ nope | length }}", "False 0"),
        ("{{ nope | default('d') }} {{ nope is defined }}", "d False"),
        ("{{ nope ~ 'x' }} {{ 'a' + nope }} {{ nope + 'b' }}", "x a b"),
        ("{{ nope | upper }}|{{ nope | join }}|{{ nope | trim }}|", "|||"),
    ],
)
def test_what_is_undefined_is_empty(render: Render, text: str, wanted: str) -> None:
    assert render(text, None, LENIENT) == wanted
    with pytest.raises(RenderError):
        render("{{ nope }}")


def test_a_function_that_does_not_exist_is_an_error_all_the_same(render: Render) -> None:
    for text in ("{{ salt['pilar.get']('x') }}", "{{ salt.nope.run() }}", "{{ nope() }}"):
        with pytest.raises(RenderError):
            render(text, None, LENIENT)


def test_it_holds_in_imported_files(render: Render) -> None:
    tree = {"states/web/lib.jinja": "{% macro f() %}[{{ nope.a }}]{% endmacro %}"}
    assert render("{% from './lib.jinja' import f %}{{ f() }}", tree, LENIENT) == "[]"
