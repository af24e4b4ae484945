"""Key paths."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from zester.targeting.os_fact import OsFact, with_os_fact
from zester.targeting.paths import lookup

DATA = {
    "a": {"b": {"c": 1}, "x.y": 2, "none": None},
    "a:b": "exact",
    "d.e": "dotted",
    "list": [{"name": "one"}, {"other": "two"}, 7],
    "text": "abc",
}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a:b:c", 1),
        ("a.b.c", 1),
        ("a:b.c", 1),
        ("a:b", "exact"),
        ("d.e", "dotted"),
        ("a:x.y", 2),
        ("list:0:name", "one"),
        ("list:other", "two"),
        ("list:2", 7),
        ("list:-1", 7),
        ("list:9", "default"),
        ("text:0", "default"),
        ("a:b:c:d", "default"),
        ("missing", "default"),
        ("a:none", None),
    ],
)
def test_exact_then_colon_then_dot(path: str, wanted: object) -> None:
    assert lookup(DATA, path, "default") == wanted


def test_another_delimiter() -> None:
    assert lookup(DATA, "a/b/c", delimiter="/") == 1


def test_the_os_fact_is_text_and_namespace() -> None:
    facts = with_os_fact({"os": "CentOS", "os_family": "RedHat", "osrelease": "9"})
    fact = facts["os"]
    assert fact == "CentOS"
    assert json.dumps(fact) == '"CentOS"'
    assert (fact.family, fact["family"], fact.get("platform_version")) == ("rhel", "rhel", "9")
    assert lookup(facts, "os.family") == lookup(facts, "os:family") == "rhel"
    with pytest.raises(AttributeError):
        _ = fact.nothing


def test_a_nested_os_fact_prints_as_its_name() -> None:
    fact = with_os_fact({"os": {"name": "Debian", "family": "debian"}})["os"]
    assert isinstance(fact, OsFact)
    assert f"{fact}" == "Debian"
    assert copy.deepcopy(fact).family == "debian"
    assert pickle.loads(pickle.dumps(fact)).family == "debian"  # noqa: S301 -- our own bytes
