"""Targets that do not parse say where."""

from __future__ import annotations

import pytest

from zester.errors import At, TargetError
from zester.targeting.parser import parse_target


@pytest.mark.parametrize(
    ("target", "column"),
    [
        ("", 1),
        ("   ", 1),
        ("a b", 3),
        ("a and", 6),
        ("and a", 1),
        ("a or or b", 6),
        ("(a", 1),
        ("a)", 2),
        ("()", 2),
        ("(a b)", 4),
        ("G@os", 3),
        ("X@a", 1),
        ("E@a(", 4),
        ("web and E@[", 11),
        ("S@10.0.0.0/99", 3),
        ("L@,", 3),
        ("G@os:'Red Hat", 6),
        ("not", 4),
    ],
)
def test_the_column_is_known(target: str, column: int) -> None:
    with pytest.raises(TargetError) as caught:
        parse_target(target)
    assert caught.value.at is not None
    assert caught.value.at.column == column
    assert caught.value.excerpt is not None
    assert caught.value.excerpt.split("\n")[1] == " " * (column - 1) + "^"


def test_the_file_of_the_target_is_named() -> None:
    with pytest.raises(TargetError) as caught:
        parse_target("a b", at=At("states/top.zy", 4))
    assert str(caught.value).startswith("states/top.zy:4: ")


def test_deep_nesting_and_long_text_are_refused() -> None:
    with pytest.raises(TargetError, match="nested too deeply"):
        parse_target("(" * 5000 + "a" + ")" * 5000)
    with pytest.raises(TargetError, match="too long"):
        parse_target("a or " * 100_000 + "a")


def test_many_nots_are_no_recursion() -> None:
    assert parse_target("not " * 10_000 + "a") == parse_target("a")


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(TargetError) as caught:
        parse_target("a", kind="grains")
    assert caught.value.hint is not None
    assert "grain_pcre" in caught.value.hint
