"""TOML that is written is read again as what it was."""

from __future__ import annotations

import datetime as dates
import tomllib
from typing import Any

import pytest

from zester_peel.states.file.data.toml import write_toml

DATA: list[dict[str, Any]] = [
    {},
    {"a": 1, "b": {"c": True, "d": {"e": 1.5, "f": {}}}, "g": [1, [2, "x"]], "h": []},
    {"later": {"t": 1}, "plain": "comes first", "empty": {}},
    {"list": [{"name": "one", "more": {"x": 1}}, {"name": "two", "rows": [{"a": 1}, {"a": 2}]}]},
    {"mixed": [{"a": 1}, 2], "inline": [[{"a": {}}]]},
    {"quoted key": {"é": 1, "a.b": {"": "x"}}, 'q"uote': "\\ \" ' \n \t \x00 \x7f ü \U0001f600"},
    {"big": 2**62, "float": 1e300, "inf": float("inf"), "low": float("-inf")},
    {"when": dates.datetime(2024, 5, 1, 7, 8, 9), "day": dates.date(2024, 5, 1)},
    {"plugins": {"io.containerd.cri.v1": {"runtimes": {"runc": {"options": {"cgroup": True}}}}}},
]


@pytest.mark.parametrize("data", DATA)
def test_it_comes_back(data: dict[str, Any]) -> None:
    assert tomllib.loads(write_toml(data)) == data


def test_it_is_what_one_would_write() -> None:
    data = {"a": {"b": {"c": 1}}, "z": 1, "rows": [{"x": 1}, {"x": 2}]}
    assert write_toml(data) == "z = 1\n\n[a.b]\nc = 1\n\n[[rows]]\nx = 1\n\n[[rows]]\nx = 2"
    assert write_toml({1: "n", False: "t"}) == '1 = "n"\nfalse = "t"'


@pytest.mark.parametrize("data", [[1], {"a": None}, {"a": [None]}, {("x",): 1}, {"a": {1, 2}}])
def test_what_it_cannot_hold_is_refused(data: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(TypeError):
        write_toml(data)
