"""Targets that do not parse say what is wrong; where is in the table."""

from __future__ import annotations

import pytest

from zester.errors import At, TargetError
from zester.targeting.parser import parse_target


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
