"""``salt`` itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError
from zester.templating.functions.table import FUNCTIONS, GLOBALS, resolve
from zester.templating.providers import Providers

Render = Callable[..., str]


@pytest.mark.parametrize("target", sorted({*FUNCTIONS.values(), *GLOBALS.values()}))
def test_every_function_of_the_table_exists(target: str) -> None:
    assert callable(resolve(target))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{{ salt['pillar.get']('s') }}", "text"),
        ("{% set f = 'pillar' ~ '.get' %}{{ salt[f]('s') }}", "text"),
        ("{{ salt.pillar.get('s') }} {{ salt.pillar['get']('s') }}", "text text"),
        ("{{ salt.get('pillar.get')('s') }} {{ salt.get('x.y') }}", "text None"),
        ("{{ salt_call('pillar.get', 's') }} {{ salt_call('pillar.get', key='s') }}", "text text"),
        ("{{ salt_call('grains.filter_by', {'D*': 1}, grain='os') }}", "1"),
        (
            "{{ 'pillar.get' in salt }} {{ 'x.y' in salt }} {{ 'cmd.run' in salt }}",
            "True False False",
        ),
        ("{{ salt.pillar is defined }} {{ salt.nope is defined }}", "True False"),
        ("{{ salt.pillar.nope is defined }} {{ salt['x.y'] is defined }}", "False False"),
        ("{{ salt.items() | list | length == salt | length }}", "True"),
    ],
)
def test_functions_are_found_in_every_spelling(render: Render, text: str, wanted: str) -> None:
    assert render(text) == wanted


@pytest.mark.parametrize(
    "use",
    [
        "{% include 'web/part.jinja' %}",
        "{% from 'web/lib.jinja' import port with context %}{{ port() }}",
        "{% from 'web/lib.jinja' import port %}{{ port() }}",
        "{% import 'web/lib.jinja' as lib %}{{ lib.port() }}",
    ],
)
def test_functions_are_there_in_included_and_imported_files(render: Render, use: str) -> None:
    tree = {
        "states/web/part.jinja": "{% set f = 'pillar.get' %}{{ salt[f]('web:port') }}",
        "states/web/lib.jinja": (
            "{% macro port() %}{{ salt['pillar.get']('web:port') }}{% endmacro %}"
        ),
    }
    assert render(use, tree) == "80"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("salt['pilar.get']('s')", "unknown function 'pilar.get', did you mean 'pillar.get'?"),
        ("salt_call('pillar.gett', 's')", "did you mean 'pillar.get'?"),
        ("salt.slsutil.marge({}, {})", "did you mean 'slsutil.merge'?"),
        ("salt['cmd.run']('x')", "'cmd.run': execution calls are not available here"),
        ("salt.cmd.run('x')", "execution calls are not available here"),
        ("salt_call('pkg.version', 'x')", "'pkg.version': execution calls are not available here"),
        ("salt.pkg.version('x')", "'pkg.version': execution calls are not available here"),
        ("salt['zz.qq']('x')", "unknown function 'zz.qq': execution calls are not available here"),
        ("user_info('x')", "'user.info': execution calls are not available here"),
        ("cmd_has_exec('x')", "'cmd.has_exec': execution calls are not available here"),
        ("basket('*', 'x')", "the basket is not available here"),
        ("salt['sdb.get']('sdb://x/y')", "there is no sdb here"),
    ],
)
def test_a_function_that_is_not_there_is_named(render: Render, call: str, message: str) -> None:
    with pytest.raises(RenderError) as caught:
        render("\n{{ " + call + " }}")
    assert message in str(caught.value)
    assert str(caught.value).startswith("states/web/init.sls:2: ")


def test_with_a_dispatcher_an_unknown_function_is_just_unknown(render: Render) -> None:
    providers = Providers(execution={"cmd.run": str})
    with pytest.raises(RenderError, match=r"unknown function 'zz\.qq'$"):
        render("{{ salt['zz.qq']() }}", providers=providers)
    with pytest.raises(RenderError, match=r"did you mean 'cmd\.run'"):
        render("{{ salt['cmd.rnu']() }}", providers=providers)


def test_execution_functions_take_what_python_takes(render: Render) -> None:
    def version(*names: str, refresh: bool = False) -> str:
        return f"{names} {refresh}"

    providers = Providers(execution={"pkg.version": version, "pillar.get": lambda key: "other"})
    wanted = "('a', 'b') True"
    assert render("{{ salt['pkg.version']('a', 'b', refresh=true) }}", None, providers) == wanted
    assert render("{{ salt.pkg.version('a', 'b', refresh=true) }}", None, providers) == wanted
    assert (
        render("{{ salt_call('pkg.version', 'a', 'b', refresh=true) }}", None, providers) == wanted
    )
    assert render("{{ 'pkg.version' in salt }}", None, providers) == "True"
    # The language's own functions cannot be replaced.
    assert render("{{ salt['pillar.get']('s') }}", None, providers) == "text"


@pytest.mark.parametrize(
    "text",
    [
        "{{ salt._registry }}",
        "{{ salt.pillar._registry }}",
        "{{ salt['pillar.get']._call }}",
        "{{ salt['pillar.get'].__class__ }}",
        "{{ pillar_get._call.args }}",
        "{{ salt_call._call }}",
        "{{ salt['pillar.get'].__call__.__globals__ }}",
    ],
)
def test_nothing_behind_the_functions_can_be_reached(render: Render, text: str) -> None:
    with pytest.raises(RenderError):
        render(text)
