"""Patterns of state files cannot hang a peel, and ordinary ones cost next to nothing to judge."""

from __future__ import annotations

import time

import pytest

from zester.errors import StateError
from zester_peel.states.file.edit.patterns import Pattern, _is_cheap, read_flags

HOSTILE = [
    ("(a+)+$", 0),
    ("(a|a)*$", 0),
    ("(?:a+){2,}$", 0),
    ("(a+) *$", 64),
    ("(?x)(a+) *$", 0),
    ("(?x:(a+) *)$", 0),
    ("a*a*a*a*a*a*$", 0),
    ("a*?a*?a*?a*?a*?$", 0),
    (".*.*.*.*b", 0),
    (r"(.*)(.*)\1\2b", 0),
    ("(?s).*.*.*b", 0),
    ("(?s:.*)(?s:.*)(?s:.*)b", 0),
    (r"[^x]*[^y]*[^z]*b", 0),
    (r"\s*\s*\s*\s*b", 0),
    ("(((a?)*)*)*b", 0),
    ("a?" * 40 + "a" * 40, 0),
    ("(a|b|ab)" * 30, 0),
]
ORDINARY = [
    "^PermitRootLogin.*$",
    r"^\s*#?\s*Port\s+\d+",
    r"^(GRUB_CMDLINE_LINUX=)\"(.*)\"$",
    r"127\.0\.0\.1",
    "^# *(en_US|de_DE)\\.UTF-8",
]


@pytest.mark.parametrize(("pattern", "flags"), HOSTILE)
def test_a_pattern_that_could_hang_is_refused_at_once(pattern: str, flags: int) -> None:
    text = "a" * 3000 + "\n" + " " * 3000 + "!\n"
    begun = time.process_time()
    with pytest.raises(StateError):
        Pattern(pattern, flags | 8).over(text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("pattern", ORDINARY)
def test_an_ordinary_pattern_is_known_to_be_quick(pattern: str) -> None:
    text = 'PermitRootLogin yes\n# Port  22\nGRUB_CMDLINE_LINUX="quiet splash"\n' * 200
    assert _is_cheap(pattern, 8, text)
    assert Pattern(pattern, 8).over(text).flags & 8


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        (r"BEGIN .*? END", 24),
        (r"(?i)begin .*? end", 24),
        (r"^(BEGIN[^x]*END)", 8),
        (r"\[section\][^\[]*key=", 8),
    ],
)
def test_what_begins_with_words_may_go_over_a_large_file(pattern: str, flags: int) -> None:
    text = "filler that is long enough\n" * 4000 + "[section]\nBEGIN a\nb END\n"
    begun = time.process_time()
    Pattern(pattern, flags).over(text).sub("", text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "pattern", ["a.*b", "x*.*b", "a.*.*.*.*b", "(a.*)+b", "ab|a.*b", "a?.*b", "(b)?.*c"]
)
def test_what_begins_anywhere_may_not(pattern: str) -> None:
    text = "a" * 100_000
    with pytest.raises(StateError):
        Pattern(pattern, 24).over(text)


def test_flags_are_names_or_a_sum() -> None:
    assert read_flags(["IGNORECASE", "m"]) == 10
    assert read_flags("dotall") == 16
    assert read_flags(8) == 8
    wrongs: tuple[object, ...] = (128, -1, "LOCALE", ["X", "Y"], True, {})
    for wrong in wrongs:
        with pytest.raises(ValueError, match="flags"):
            read_flags(wrong)
