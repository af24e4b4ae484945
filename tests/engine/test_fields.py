"""Parameters as people write them."""

from __future__ import annotations

import pytest

from zester_peel.engine.fields import (
    read_environment,
    read_flag,
    read_mode,
    read_text,
    read_texts,
)


@pytest.mark.parametrize(
    ("written", "mode"),
    [
        ("0644", 0o644),
        ("644", 0o644),
        ("0o644", 0o644),
        ("4755", 0o4755),
        ("0", 0),
        (" 0600 ", 0o600),
        (644, 0o644),  # YAML: mode: 644
        (755, 0o755),
        (1777, 0o1777),
        (2755, 0o2755),
        (0, 0),
        (420, 0o644),  # a leading zero that YAML took for octal
        (493, 0o755),
        (384, 0o600),
        (416, 0o640),
        (436, 0o664),
        (1023, 0o1777),
    ],
)
def test_a_mode_is_octal_however_it_is_written(written: object, mode: int) -> None:
    assert read_mode(written) == mode


@pytest.mark.parametrize(
    "written", ["9", "u+x", "", "-1", "77777", -1, 99999, True, None, 6.44, [644]]
)
def test_what_is_no_mode_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="octal"):
        read_mode(written)


@pytest.mark.parametrize("written", [True, 1, "1", "yes", "On", "TRUE"])
def test_yes_in_every_spelling(written: object) -> None:
    assert read_flag(written) is True


@pytest.mark.parametrize("written", [False, 0, "0", "no", "Off", "false"])
def test_no_in_every_spelling(written: object) -> None:
    assert read_flag(written) is False


@pytest.mark.parametrize("written", [2, "maybe", "", None, [], 1.0])
def test_anything_else_is_neither(written: object) -> None:
    with pytest.raises(ValueError, match="neither"):
        read_flag(written)


def test_scalars_are_texts_and_a_text_is_a_list_of_one() -> None:
    assert read_text(5) == "5"
    assert read_texts("a") == ("a",)
    assert read_texts(["a", 1, True]) == ("a", "1", "True")
    for wrong in ({"a": 1}, [["a"]], None):
        with pytest.raises(ValueError, match="expected a text"):
            read_texts(wrong)


def test_variables_come_as_maps_lists_or_assignments() -> None:
    assert read_environment({"A": 1, "B": None}) == {"A": "1", "B": ""}
    assert read_environment([{"A": "x"}, "B=y=z"]) == {"A": "x", "B": "y=z"}
    for wrong in ("A", [1], {"A=B": 1}, {"": 1}, {"A": ["x"]}):
        with pytest.raises(ValueError, match=r"expected|name of a variable"):
            read_environment(wrong)
