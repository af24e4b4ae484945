"""Names, conditions, and the versions that meet them."""

from __future__ import annotations

import pytest

from zester.templating.functions.versions.debian import compare_debian
from zester_peel.states.pkg.fulfilment import best, fulfils
from zester_peel.states.pkg.wanted import read_condition, read_files, read_name, read_wanted


@pytest.mark.parametrize(
    ("version", "condition", "met"),
    [
        ("1.2-3", "1.2-3", True),
        ("1:1.2-3", "1.2-3", True),
        ("1:1.2-3", "2:1.2-3", False),
        ("1.2-3", "1.2.*", False),
        ("1.2.5-3", "1.2.*", True),
        ("1:1.2.5-3", "1.2.*", True),
        ("1.2.5-3", "!=1.2.*", False),
        ("1.2", ">=1.2, <2", True),
        ("2.0", ">=1.2, <2", False),
        ("2.0~rc1", "<2.0", True),
        ("1:0.9", ">1.0", True),
        ("1.10", "> 1.9", True),
        ("1.0", "=1.0", True),
        ("1.0", "==1.0", True),
    ],
)
def test_a_version_meets_a_condition_or_not(version: str, condition: str, met: bool) -> None:
    assert fulfils(version, condition, compare_debian) is met


def test_epochs_count_when_asked_for_and_updates_are_allowed_when_asked_for() -> None:
    assert not fulfils("1:1.0", "1.0", compare_debian, ignore_epoch=False)
    assert not fulfils("1:1.0", ">=2.0", compare_debian, ignore_epoch=True)
    assert fulfils("2.0", "1.0", compare_debian, allow_updates=True)
    assert not fulfils("2.0", "1.0, !=3", compare_debian, allow_updates=True)


def test_the_newest_version_that_meets_the_condition_is_taken() -> None:
    assert best(["3", "1.9", "1.10"], "<2", compare_debian) == "1.10"
    assert best(["3"], "<2", compare_debian) is None


@pytest.mark.parametrize(
    "name", ["-y", "--purge", "", "a b", "a\nb", "a;b", "a=1", "a-", "../a", "/etc/a", "a'b", "$x"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        read_name(name)


@pytest.mark.parametrize("name", ["g++", "libc6:i386", "python3.11", "a~b", "perl(Foo::Bar)", "@x"])
def test_names_of_every_platform_are_taken(name: str) -> None:
    assert read_name(name) == name


@pytest.mark.parametrize("text", ["-y", "1 2", "1;id", ">=", "1/2", "1,,2"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        read_condition(text)


def test_lists_are_read_as_people_write_them() -> None:
    assert read_wanted(["a", {"b": "1.0"}, {"c": None}, {"d": 2}]) == (
        ("a", None),
        ("b", "1.0"),
        ("c", None),
        ("d", "2"),
    )
    assert read_files([{"a": "salt://x/a.deb"}, {"b": "file:///srv/b.deb"}]) == (
        ("a", "salt://x/a.deb"),
        ("b", "/srv/b.deb"),
    )
    for hostile in ("https://example.com/a.deb", "--x", "salt://../a", "a.deb", "/x\ny"):
        with pytest.raises(ValueError, match=r"neither|not a file"):
            read_files([{"a": hostile}])
