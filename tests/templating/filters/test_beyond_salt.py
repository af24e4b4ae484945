"""Where Zester's filters differ from Salt's on purpose, or answer for themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from zester.errors import RenderError
from zester.targeting.os_fact import OsFact

Render = Callable[..., str]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        # Salt makes sets of tuples, whose order changes from one process to the next.
        ("{{ (3, 1, 3, 2) | unique }}", "[3, 1, 2]"),
        ("{{ ['b', 'a', 'b'] | map('upper') | unique | join }}", "BA"),
        ("{{ (1, 2) | union((2, 3)) }}", "[1, 2, 3]"),
        ("{{ (1, 2) | symmetric_difference([2, 3]) }}", "[1, 3]"),
        # Salt returns iterators, of which there is no length.
        ("{{ [1, 2, 3] | permutations(2) | length }}", "6"),
        # Salt 3008 fails on seeds that are no text.
        ("{{ [1, 2, 3, 4] | shuffle(seed=7) == [1, 2, 3, 4] | random_shuffle(seed='7') }}", "True"),
        # Salt writes NULL, because the result of a filter is text of another kind to it.
        ("{{ {'a': [1] | json} | yaml }}", "{a: '[1]'}"),
        # Salt puts HTML's &#34; there.
        ("{{ ({'a': 1} | json).replace('1', '\"') }}", '{"a": "}'),
        # Salt calls every list that is there twice a cycle.
        ("{% set l = [1] %}{{ [l, l] | flatten }}", "[1, 1]"),
        # Salt writes anchors.
        ("{% set l = [1] %}{{ {'a': l, 'b': l} | yaml }}", "{a: [1], b: [1]}"),
        ("{{ 'abc' | hash('md5') }}", "900150983cd24fb0d6963f7d28e17f72"),
        ("{{ ('abc' | hash) == ('abc' | sha512) }}", "True"),
        ("{{ 'v1.2' | strip_prefix('v') }} {{ 'a.zy' | strip_suffix('.zy') }}", "1.2 a"),
        ("{{ [1] | contains(1) }} {{ 'abc' | contains('x') }}", "True False"),
        ("{{ [1] is is_list }}", "True"),
    ],
)
def test_a_difference_is_on_purpose(render: Render, text: str, result: str) -> None:
    assert render(text) == result


def test_a_machine_answers_which_and_get_uid(make_renderer: Callable[..., Any]) -> None:
    renderer = make_renderer(
        execution={
            "cmd.which": {"ls": "/bin/ls"}.get,
            "user.info": {"root": {"uid": 0}}.get,
            "file.get_hash": lambda path, form: f"{form} of {path}",
            "http.query": lambda url, **options: {"body": url},
        }
    )
    text = (
        "{{ 'ls' | which }} {{ 'no' | which }} {{ 'root' | get_uid }} {{ 'no' | get_uid }} "
        "{{ '/x' | file_hashsum }} {{ ('http://x' | http_query).body }}"
    )
    rendered = renderer.render_text(text, name="a.sls", sls="a").text
    assert rendered == "/bin/ls None 0 None sha256 of /x http://x"


@pytest.mark.parametrize("name", ["which", "is_text_file", "list_files", "dns_check"])
def test_a_filter_that_needs_a_machine_says_so(render: Render, name: str) -> None:
    with pytest.raises(RenderError, match=f"'{name}' is not available") as caught:
        render("{{ 'x' | " + name + " }}")
    assert caught.value.hint


def test_dates_are_read_in_local_time(render: Render) -> None:
    shown = render("{{ 1457456400 | strftime('%Y-%m-%d %H:%M:%S') }}")
    assert shown == datetime.fromtimestamp(1457456400).strftime("%Y-%m-%d %H:%M:%S")
    assert render("{{ '1457456400.5' | strftime('%s') }}") == "1457456400"
    assert render("{{ none | date_format('%Y') }}").isdigit()
    assert render("{{ 'tomorrow' | date_format }}") > render("{{ 'yesterday' | date_format }}")


@pytest.mark.parametrize(
    "text", ["2002-12-25", "2002/12/25", "12/25/2002", "25 December 2002", "2002-12-25T10:00:00Z"]
)
def test_written_dates_are_understood(render: Render, text: str) -> None:
    assert render("{{ '" + text + "' | strftime('%d.%m.%y') }}") == "25.12.02"


@pytest.mark.parametrize("value", ["'xyzzy'", "[1]", "(10 ** 30)"])
def test_what_is_no_date_is_an_error(render: Render, value: str) -> None:
    with pytest.raises(RenderError, match="is not a date"):
        render("{{ " + value + " | strftime }}")


def test_random_texts_are_as_long_as_asked(render: Render) -> None:
    assert len(render("{{ 5 | random_str }}")) == 5
    assert len(render("{{ 100 | random_hash }}")) == 32
    assert len(render("{{ 100 | random_hash('sha512') }}")) == 128
    assert render("{{ 'AA:BB:CC' | gen_mac }}").startswith("AA:BB:CC:")


def test_undefined_input_names_itself(render: Render) -> None:
    for name in ("md5", "quote", "regex_match('x')", "uuid", "load_yaml", "json", "xml", "flatten"):
        with pytest.raises(RenderError, match="'nothing' is undefined"):
            render("{{ nothing | " + name + " }}")


@pytest.mark.parametrize(
    "expression",
    [
        "os | md5",
        "os | to_bool",
        "os | regex_replace('D', 'd')",
        "{'os': os} | yaml(False)",
        "{'os': os} | json",
        "[os] | tojson",
        "os | yaml_encode",
        "os | uuid",
        "[os, os] | unique",
        "{'os': os}",
    ],
)
def test_the_os_fact_is_text_to_filters(make_renderer: Callable[..., Any], expression: str) -> None:
    renderer = make_renderer()
    text = "{{ " + expression + " }}"
    facts = {"os": OsFact("Debian", {"family": "debian"})}
    shown = renderer.render_text(text, name="a.sls", sls="a", context=facts).text
    plain = renderer.render_text(text, name="a.sls", sls="a", context={"os": "Debian"}).text
    assert shown == plain


def test_traverse_goes_into_the_os_fact(make_renderer: Callable[..., Any]) -> None:
    context = {"facts": {"os": OsFact("Debian", {"family": "debian"})}}
    rendered = make_renderer().render_text(
        "{{ facts | traverse('os:family') }} {{ facts | traverse('os:no', 'd') }}",
        name="a.sls",
        sls="a",
        context=context,
    )
    assert rendered.text == "debian d"


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'x' | json_query('[') }}",
        "{{ {'a': 'x'} | append_dict_key_value('a', 1) }}",
        "{{ 5 | path_join('a') }}",
        "{{ 5 | load_json }}",
        "{{ 'x' | regex_replace('(x)', '\\\\9') }}",
        "{{ 'x' | regex_search('(') }}",
        "{{ {'a b': 1} | xml }}",
        "{{ {'a': [1, 2]} | xml }}",
        "{{ '\\ud800' | yaml }}",
        "{{ ['10.0.0.1'] | filter_by_networks(['10.0.0.1/8']) }}",
    ],
)
def test_wrong_input_is_an_error_with_a_place(render: Render, text: str) -> None:
    with pytest.raises(RenderError) as caught:
        render(text)
    assert str(caught.value.at) == "states/web/init.sls:1"
