"""Data that is printed can be read back as YAML."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zester.targeting.value import Value
from zester.templating.documents.document import load
from zester.templating.jinja.printing import printed

Render = Callable[..., str]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": "b", "n": None, "t": True, 1: 2.5}, "{'a': 'b', 'n': None, 't': True, 1: 2.5}"),
        ({"a": "it's"}, "{'a': \"it's\"}"),
        ({"a": "x\ny"}, "{'a': \"x\\ny\"}"),
        ({"a": {"b": "x\ty"}}, "{'a': {'b': \"x\\ty\"}}"),
        ([{"b": "é\n"}], "[{'b': \"é\\n\"}]"),
        (["x\ny"], "['x\\ny']"),
        (({"a": "\n"},), "({'a': \"\\n\"},)"),
        ({"l": [1, ("a",), ()], "d": {}}, "{'l': [1, ('a',), ()], 'd': {}}"),
        ([], "[]"),
        ({1}, "{1}"),
    ],
)
def test_data_is_printed_as_salt_prints_it(value: Value, text: str) -> None:
    assert printed(value) == text


def test_a_printed_mapping_with_lines_is_read_back(render: Render) -> None:
    wanted = {"a": "one\ntwo: \"3\"\t'4'\n", "b": ["x", {"c": "\r\n" + "long " * 60}]}
    text = render("{% set v = " + repr(wanted) + " %}v: {{ v }}")
    assert load(text, "test").data == {"v": wanted}
