"""Every filter and test of Salt is there; results are those of Salt 3008."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zester.errors import RenderError
from zester.templating.filters.conditions import CONDITIONS
from zester.templating.filters.table import FILTERS

Render = Callable[..., str]
CASES = Path(__file__).parent / "cases"

SALT: dict[str, list[str]] = json.loads((CASES / "salt.json").read_text())
"""What Salt registers: filters that only look at their input, filters that look at the machine or
the network, and tests. (``indent`` is Jinja's own by now.)"""

EXPRESSIONS: list[tuple[str, str | None]] = json.loads((CASES / "expressions.json").read_text())
VALUES: list[tuple[Any, dict[str, str]]] = json.loads((CASES / "values.json").read_text())
WAYS = {
    "print": "{{ x }}",
    "yaml": "{{ x | yaml }}",
    "block": "{{ x | yaml(False) }}",
    "json": "{{ x | json }}",
    "tojson": "{{ x | tojson }}",
    "python": "{{ x | python }}",
}


@pytest.mark.parametrize("name", [*SALT["pure"], *SALT["outward"]])
def test_every_filter_of_salt_is_there(name: str) -> None:
    assert name in FILTERS


@pytest.mark.parametrize("name", SALT["tests"])
def test_every_test_of_salt_is_there(name: str) -> None:
    assert name in CONDITIONS


@pytest.mark.parametrize(("expression", "result"), EXPRESSIONS, ids=[e[0] for e in EXPRESSIONS])
def test_an_expression_gives_what_salt_gives(
    render: Render, expression: str, result: str | None
) -> None:
    text = "{{ " + expression + " }}"
    if result is None:
        with pytest.raises(RenderError):
            render(text)
    else:
        assert render(text) == result


@pytest.mark.parametrize("way", WAYS)
def test_data_is_written_as_salt_writes_it(make_renderer: Callable[..., Any], way: str) -> None:
    renderer = make_renderer()
    for value, results in VALUES:
        rendered = renderer.render_text(WAYS[way], name="a.sls", sls="a", context={"x": value})
        assert rendered.text == results[way], value
