"""Answers of Salt 3008: ``cases`` hold templates and what they render to, null for an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from zester.errors import SourceError

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
TREE = {
    "states/web/d.yaml": "x: 1\n",
    "states/web/deep/x.yaml": "",
    "states/web/init.sls": "a: b\n",
    "states/web/t.sls": "x: 1\n",
}


def cases() -> list[tuple[str, str | None]]:
    return [(text, wanted) for path in CASES for text, wanted in json.loads(path.read_text())]


@pytest.mark.parametrize(("text", "wanted"), cases())
def test_templates_say_what_they_say_under_salt(
    render: Callable[..., str], text: str, wanted: str | None
) -> None:
    if wanted is None:
        with pytest.raises(SourceError):
            render(text, TREE)
    else:
        assert render(text, TREE) == wanted
