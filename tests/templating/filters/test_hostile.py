"""Filters do not build without bound, search without end or reach into Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.errors import RenderError
from zester.templating.jinja.limits import Limits
from zester.templating.regexes.backtracking import check_pattern

Render = Callable[..., str]
LIMITS = Limits(seconds=2, steps=20_000, text=100_000, items=10_000)
DOUBLED = (
    "{% set ns = namespace(x=[1]) %}"
    "{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
)


@pytest.mark.parametrize(
    "expression",
    [
        "'10.0.0.0/8' | network_hosts",
        "['::/0', '10.0.0.1'] | network_hosts",
        "range(9000) | permutations(3)",
        "range(9000) | permutations",
        "range(40) | combinations(20)",
        "range(9000) | combinations(2)",
        "range(100) | combinations_with_replacement(10)",
        "[1, 2] | combinations_with_replacement(10 ** 9)",
        "range(200) | product(range(200))",
        "range(9) | product(repeat=9)",
        "(range(200) | map('string')) | product(range(200) | map('string'))",
        "[] | product(repeat=10 ** 9)",
        "10 ** 9 | random_str",
        "random_str(10 ** 9)",
        "{'a': range(9000) | list} | extend_dict_key_value('a', range(9000))",
        "(['10.0.0.1'] * 9000) | filter_by_networks(['10.0.0.0/8'] * 9000)",
        "[1] | tojson(indent=10 ** 9)",
        "[[1] * 900] | json(indent=9000)",
        "([1] * 9000) | tojson(separators=['x' * 9000, ':'])",
        "'x' | method_call('ljust', 10 ** 9)",
        "('a' * 9000) | regex_replace('a', 'b' * 9000)",
    ],
)
def test_huge_results_are_refused(render: Render, expression: str) -> None:
    with pytest.raises(RenderError):
        render("{{ " + expression + " }}", limits=LIMITS)


@pytest.mark.parametrize(
    "name",
    [
        *("flatten", "unique", "union(1)", "intersect([])", "difference([])", "python", "xml"),
        *("upper", "lower", "trim", "title", "capitalize", "striptags", "truncate(9)", "urlize"),
        *("center(9)", "replace('a', 'b')", "format(1)", "wordcount", "safe", "gen_mac"),
        *("md5", "quote", "human_to_bytes", "yaml_dquote", "strftime", "regex_escape", "uuid"),
        *("filter_by_networks(['::/0'])", "load_yaml", "to_bytes", "path_join('a')"),
        *("symmetric_difference([])", "json_encode_list", "compare_lists([])", "yaml", "sequence"),
    ],
)
def test_lists_that_hold_themselves_many_times_are_refused(render: Render, name: str) -> None:
    with pytest.raises(RenderError):
        render(f"{DOUBLED}{{{{ ns.x | {name} }}}}", limits=LIMITS)


@pytest.mark.parametrize("name", ["is_ip", "ipaddr", "is_hex", "is_list", "to_bool", "ipwrap"])
def test_looking_at_such_a_list_is_quick(render: Render, name: str) -> None:
    render(f"{DOUBLED}{{% set found = ns.x | {name} %}}", limits=LIMITS)


def test_a_list_that_holds_itself_is_refused(render: Render) -> None:
    with pytest.raises(RenderError):
        render("{% set l = [1] %}{% do l.append(l) %}{{ l | flatten }}", limits=LIMITS)


def test_a_list_that_is_there_twice_is_flattened(render: Render) -> None:
    assert render("{% set l = [1] %}{{ [l, [l]] | flatten }}") == "[1, 1]"


def test_what_only_unique_compares_may_be_long(render: Render) -> None:
    text = "{% set l = [] %}{% for i in range(9000) %}{% do l.append([i]) %}{% endfor %}"
    assert render(text + "{{ (l | unique) | length }}{{ l | difference(l) }}") == "9000[]"


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(a*)*b",
        r"(a|aa)+c",
        r"(a|ab|b)*c",
        r"(\w+\s?)*x",
        r"(.*a){20}",
        r"(a?){30}a{30}",
        "a?" * 30 + "a" * 30,
        r"([a-z]+)*(?i:X)",
        r"(?:(?:a{1,9}){1,9}){1,9}b",
        r"(?=(a+)+b)",
        r"((a{0,4}){0,4}){0,4}b",
    ],
)
def test_patterns_that_repeat_a_repeat_are_refused_on_long_texts(
    render: Render, pattern: str
) -> None:
    text = "{{ ('a' * 5000) | regex_search(" + repr(pattern) + ") }}"
    with pytest.raises(RenderError, match="without end"):
        render(text)


def test_a_pattern_that_repeats_a_repeat_works_on_short_texts(render: Render) -> None:
    assert render("{{ 'aaab' | regex_match('(a+)+b') }}") == "('aaa',)"


@pytest.mark.parametrize("pattern", [r"^a*a*a*a*b", r"a*a*a*b", r".*.*.*.*b", r"(a+)\1+\1+b"])
def test_many_repeats_in_a_row_are_refused_on_long_texts(render: Render, pattern: str) -> None:
    with pytest.raises(RenderError, match="without end"):
        render("{{ ('a' * 50000) | regex_search('" + pattern.replace("\\", "\\\\") + "') }}")


@pytest.mark.parametrize(
    "pattern",
    [
        r"^(\d+\.)+\d+$",
        r"^(([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])$",
        r"^(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*$",
        r"^(.*)=(.*)$",
        r"\s*#.*",
        r"([^/]+/)*[^/]+$",
        r"(\"[^\"]*\"|'[^']*'|[^'\" ])+",
        r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$",
        r"^(?:[a-z]+:)?//(?P<host>.+?)(?::\d+)?(/.*)?$",
        r"^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$",
        "(" + "|".join(f"word{number}" for number in range(60)) + ")+",
        r"(?m)^\s*(\w+)\s*[:=]\s*(.*?)\s*$",
        r"(?i)(debian|ubuntu)-?(\d+(?:\.\d+)*)",
    ],
)
def test_everyday_patterns_are_let_through(pattern: str) -> None:
    text = "\n".join(f"key-{number} = some/path value.of.{number}:80" for number in range(100))
    check_pattern(pattern, 0, text, search=True)


@pytest.mark.parametrize(
    "expression",
    [
        "'' | method_call('__class__')",
        "'{0.__class__}' | method_call('format', 1)",
        "'' | method_call('__init_subclass__')",
        "[] | method_call('__reduce__')",
        "{} | traverse('__class__:__name__')",
        "salt | method_call('_functions')",
        "'x' | random_hash('__class__')",
        "'x' | hash('new')",
        "'x' | random_hash(hash_type='new')",
        "[1] | tojson(cls=cycler)",
        "[1] | tojson(default=range)",
        "'/etc/passwd' | file_hashsum",
        "'/etc' | list_files",
        "'/etc/passwd' | is_empty",
        "'http://localhost' | http_query",
        "'localhost' | dns_check(80)",
        "'ls' | which",
        "'root' | get_uid",
    ],
)
def test_neither_python_nor_the_machine_is_in_reach(render: Render, expression: str) -> None:
    text = "{% set found = " + expression + " %}{% if found is none %}{{ raise('nothing') }}"
    with pytest.raises(RenderError):
        render(text + "{% else %}{{ found }}{% endif %}")
