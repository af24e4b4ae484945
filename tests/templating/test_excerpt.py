"""The caret stands under what is meant."""

from __future__ import annotations

import pytest

from zester.templating.excerpt import excerpt


@pytest.mark.parametrize(
    ("line", "column", "caret"),
    [
        ("abc: x", 6, 5),
        ("\tabc", None, 1),
        ("日本: x", 5, 6),
        ("e\u0301: x", 5, 3),
        ("", 1, 0),
    ],
)
def test_a_caret_counts_cells_not_characters(line: str, column: int | None, caret: int) -> None:
    shown = excerpt(f"first\n{line}\nlast", 2, column)

    assert shown is not None
    assert shown.split("\n")[1] == " " * caret + "^"


def test_a_long_line_is_cut_around_the_caret() -> None:
    shown = excerpt("x" * 500 + "!" + "y" * 500, 1, 501)

    assert shown is not None
    text, caret = shown.split("\n")
    assert len(text) == 200
    assert text[caret.index("^")] == "!"


@pytest.mark.parametrize("line", [None, 0, -1, 4])
def test_a_line_that_is_not_there_has_no_excerpt(line: int | None) -> None:
    assert excerpt("a\nb\nc", line) is None
