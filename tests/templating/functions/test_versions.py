"""Versions by the order of each package manager."""

from __future__ import annotations

import pytest

from zester.templating.functions.versions.debian import compare_debian
from zester.templating.functions.versions.rpm import compare_rpm


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("1.0", "1.0", 0),
        ("1.0", "1.0-1", 0),
        ("1.0-1", "1.0-2", -1),
        ("1:1.0", "2.0", 1),
        ("1.10", "1.9", 1),
        ("1.01", "1.1", 0),
        ("1.0~rc1", "1.0", -1),
        ("1.0~rc1", "1.0~rc2", -1),
        ("1.0^git1", "1.0", 1),
        ("1.0^git1", "1.0.1", -1),
        ("1.0^a", "1.0^b", -1),
        ("1.0a", "1.0", 1),
        ("1.a", "1.1", -1),
        ("1.0.1", "1.0a", 1),
        ("5.el7", "5.el8", -1),
        ("a", "1", -1),
        ("1_0", "1.0", 0),
        ("", "1", -1),
        ("1.0-1.el7_9.1", "1.0-1.el7", 1),
    ],
)
def test_rpm_versions(first: str, second: str, wanted: int) -> None:
    assert compare_rpm(first, second) == wanted
    assert compare_rpm(second, first) == -wanted


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("1.0-1", "1.0", 1),
        ("1.0-0", "1.0", 0),
        ("1.0~~", "1.0~", -1),
        ("1.0~", "1.0", -1),
        ("1.0+b1", "1.0", 1),
        ("1.0a", "1.0+", -1),
        ("0:1.0", "1.0", 0),
        ("2:1.2.3-4ubuntu5.6", "2:1.2.3-4ubuntu5", 1),
        ("1.0-1~bpo12+1", "1.0-1", -1),
        ("1.2-3-4", "1.2-3-5", -1),
        ("007", "7", 0),
    ],
)
def test_debian_versions(first: str, second: str, wanted: int) -> None:
    assert compare_debian(first, second) == wanted
    assert compare_debian(second, first) == -wanted
