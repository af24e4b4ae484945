"""What a rendering asked of the node."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable

import pytest
import yaml

from zester.targeting.value import Value
from zester.templating.trace import Touched, Trace, TracedMapping
from zester.templating.trace import traced as traced_anew

SOURCE: dict[str, Value] = {"os": "Debian", "ip": {"v4": ["10.0.0.1"]}, "num": 3}


@pytest.fixture
def touched() -> Touched:
    return Touched()


@pytest.fixture
def traced(touched: Touched) -> TracedMapping:
    return TracedMapping(SOURCE, touched)


def test_nothing_is_noted_of_what_nobody_asked(touched: Touched, traced: TracedMapping) -> None:
    assert (touched.keys, touched.whole) == (set(), False)


def test_each_key_asked_for_is_noted_also_a_missing_one(
    touched: Touched, traced: TracedMapping
) -> None:
    assert traced["os"] == "Debian"
    assert traced.get("gone") is None
    assert "num" in traced
    assert (touched.keys, touched.whole) == ({"os", "gone", "num"}, False)


WHOLE: dict[str, Callable[[TracedMapping], object]] = {
    "iteration": lambda it: list(it),
    "reversed": lambda it: list(reversed(it)),
    "keys": lambda it: it.keys(),
    "values": lambda it: it.values(),
    "items": lambda it: it.items(),
    "length": len,
    "truth": bool,
    "equality": lambda it: it == {},
    "inequality": lambda it: it != {},
    "text": str,
    "copy": lambda it: it.copy(),
    "shallow copy": copy.copy,
    "deep copy": copy.deepcopy,
    "pickle": pickle.dumps,
    "dict": dict,
    "unpacking": lambda it: {**it},
    "update of another": lambda it: dict[str, Value]().update(it),
    "union": lambda it: it | {},
    "union from the right": lambda it: {"a": 1} | it,
    "json": json.dumps,
    "sorted json": lambda it: json.dumps(it, sort_keys=True, indent=1),
    "sorting": sorted,
    "last item": lambda it: it.popitem(),
}


@pytest.mark.parametrize("way", sorted(WHOLE))
def test_whoever_looks_at_the_whole_is_noted(
    touched: Touched, traced: TracedMapping, way: str
) -> None:
    WHOLE[way](traced)
    assert touched.whole


@pytest.mark.parametrize("way", sorted(set(WHOLE) - {"truth", "length", "last item"}))
def test_the_whole_is_what_a_dict_would_give(way: str) -> None:
    def plain(value: object) -> object:
        return list(value) if hasattr(value, "__iter__") and not isinstance(value, str) else value

    expected = WHOLE[way](dict(SOURCE))  # type: ignore[arg-type]  # what it imitates
    if way != "pickle":
        assert plain(WHOLE[way](TracedMapping(SOURCE, Touched()))) == plain(expected)


def test_yaml_shows_it_as_a_mapping(traced: TracedMapping) -> None:
    class Dumper(yaml.CSafeDumper):
        pass

    Dumper.add_multi_representer(dict, lambda dumper, data: dumper.represent_dict(dict(data)))
    assert yaml.load(yaml.dump(traced, Dumper=Dumper), yaml.CSafeLoader) == SOURCE


def test_changes_stay_in_the_copy(traced: TracedMapping) -> None:
    traced["ip"]["v4"].append("10.0.0.2")
    traced.get("ip")["v6"] = []
    traced["new"] = 1
    traced.update({"os": "Arch"})
    traced.pop("num")
    del traced["new"]
    traced.setdefault("more", []).append(1)
    traced |= {"last": 2}
    assert SOURCE == {"os": "Debian", "ip": {"v4": ["10.0.0.1"]}, "num": 3}
    assert traced == {
        "os": "Arch",
        "ip": {"v4": ["10.0.0.1", "10.0.0.2"], "v6": []},
        "more": [1],
        "last": 2,
    }


def test_looking_at_all_of_it_keeps_what_was_changed_before(traced: TracedMapping) -> None:
    traced["ip"]["v4"].append("10.0.0.2")
    assert dict(traced)["ip"] == {"v4": ["10.0.0.1", "10.0.0.2"]}
    traced["ip"]["v4"].append("10.0.0.3")
    assert len(traced["ip"]["v4"]) == 3


def test_a_copy_of_a_traced_mapping_starts_from_the_original(
    touched: Touched, traced: TracedMapping
) -> None:
    traced["os"] = "Arch"
    other = traced_anew(traced, touched)
    assert other["os"] == "Debian"
    assert touched.keys == {"os"}


def test_calls_are_noted_as_they_were_asked(touched: Touched) -> None:
    trace = Trace()
    given = ["a"]

    def spoil(items: list[str], *, more: str) -> list[str]:
        items.append(more)
        return items

    answer = trace.traced("x.spoil", spoil)(given, more="b")
    answer.append("c")
    (call,) = trace.calls
    assert (call.name, call.args, call.kwargs, call.result) == (
        "x.spoil",
        (["a"],),
        {"more": "b"},
        ["a", "b"],
    )
    assert not trace.volatile


def test_a_call_that_fails_cannot_be_asked_again() -> None:
    trace = Trace()
    with pytest.raises(ZeroDivisionError):
        trace.traced("x.fail", lambda: 1 / 0)()
    assert trace.volatile
    assert trace.calls == []
