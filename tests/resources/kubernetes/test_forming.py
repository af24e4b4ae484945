"""What a server drops from objects and fills into them, by any structural schema."""

from __future__ import annotations

from typing import Any

import pytest

from support.kinds.admission import formed
from zester.resources.kubernetes.structural.defaulting import defaulted
from zester.resources.kubernetes.structural.pruning import pruned

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
KEEP = "x-kubernetes-preserve-unknown-fields"


def thing(**fields: Json) -> Json:
    return {"type": "object", "properties": fields}


PRUNING: list[tuple[str, Json, Any, Any, tuple[str, ...]]] = [
    ("unknown fields go", thing(a=TEXT), {"a": "x", "b": 1}, {"a": "x"}, ("b",)),
    ("inner ones too", thing(a=thing()), {"a": {"b": {"c": 1}}}, {"a": {}}, ("a.b",)),
    (
        "and those of elements",
        thing(a={"type": "array", "items": thing(b=TEXT)}),
        {"a": [{"b": "x", "c": 1}, {"d": 1}]},
        {"a": [{"b": "x"}, {}]},
        ("a[0].c", "a[1].d"),
    ),
    (
        "values of maps are looked into",
        {"type": "object", "additionalProperties": thing(b=TEXT)},
        {"any": {"b": "x", "c": 1}},
        {"any": {"b": "x"}},
        ("any.c",),
    ),
    ("free fields stay", {"type": "object", KEEP: True}, {"a": {"b": [1]}}, {"a": {"b": [1]}}, ()),
    (
        "but what is known in them is pruned",
        {**thing(a=thing()), KEEP: True},
        {"a": {"x": 1}, "b": {"x": 1}},
        {"a": {}, "b": {"x": 1}},
        ("a.x",),
    ),
    ("any value stays", thing(a={KEEP: True}), {"a": [{"b": 1}]}, {"a": [{"b": 1}]}, ()),
    ("wrong types are not touched", thing(a=thing()), {"a": "x"}, {"a": "x"}, ()),
    (
        "an embedded object keeps what every object has",
        thing(a={**thing(), "x-kubernetes-embedded-resource": True}),
        {"a": {"kind": "Pod", "metadata": {"name": "x"}, "spec": {}}},
        {"a": {"kind": "Pod", "metadata": {"name": "x"}}},
        ("a.spec",),
    ),
]


@pytest.mark.parametrize(
    ("schema", "given", "kept", "unknown"),
    [case[1:] for case in PRUNING],
    ids=[case[0] for case in PRUNING],
)
def test_pruning(schema: Json, given: Json, kept: Json, unknown: tuple[str, ...]) -> None:
    told = pruned(schema, given, root=False)

    assert told.value == kept
    assert told.unknown == unknown


def test_a_root_keeps_its_metadata_and_an_inner_object_does_not() -> None:
    body = {"kind": "A", "metadata": {"name": "a", "labels": {"b": "c"}}}

    assert pruned(thing(), body).value == body
    assert pruned(thing(), body, root=False).value == {}


DEFAULTING: list[tuple[str, Json, Any, Any]] = [
    ("a default is filled in", thing(a={**TEXT, "default": "x"}), {}, {"a": "x"}),
    ("what is there stays", thing(a={**TEXT, "default": "x"}), {"a": ""}, {"a": ""}),
    ("false is a default", thing(a={"type": "boolean", "default": False}), {}, {"a": False}),
    ("nothing appears where nothing is", thing(a=thing(b={**TEXT, "default": "x"})), {}, {}),
    (
        "a default is filled in itself",
        thing(a={**thing(b={**TEXT, "default": "x"}), "default": {}}),
        {},
        {"a": {"b": "x"}},
    ),
    (
        "elements get theirs",
        thing(a={"type": "array", "items": thing(b={**TEXT, "default": "x"})}),
        {"a": [{}, {"b": "y"}]},
        {"a": [{"b": "x"}, {"b": "y"}]},
    ),
    (
        "values of maps get theirs",
        {"type": "object", "additionalProperties": thing(b={**TEXT, "default": "x"})},
        {"k": {}},
        {"k": {"b": "x"}},
    ),
    ("a null gives way to a default", thing(a={**TEXT, "default": "x"}), {"a": None}, {"a": "x"}),
    ("a null without one goes", thing(a=TEXT), {"a": None}, {}),
    ("a null that may be stays", thing(a={**TEXT, "nullable": True}), {"a": None}, {"a": None}),
    (
        "a null that may be is not filled",
        thing(a={**TEXT, "nullable": True, "default": "x"}),
        {"a": None},
        {"a": None},
    ),
    ("nulls in free fields stay", {"type": "object", KEEP: True}, {"a": None}, {"a": None}),
    (
        "a null in a map goes",
        {"type": "object", "additionalProperties": TEXT},
        {"a": None, "b": "x"},
        {"b": "x"},
    ),
    (
        "a null in a list stays, to be refused",
        thing(a={"type": "array", "items": TEXT}),
        {"a": [None]},
        {"a": [None]},
    ),
]


@pytest.mark.parametrize(
    ("schema", "given", "filled"),
    [case[1:] for case in DEFAULTING],
    ids=[case[0] for case in DEFAULTING],
)
def test_defaulting(schema: Json, given: Json, filled: Json) -> None:
    before = repr(given)

    assert defaulted(schema, given) == filled
    assert repr(given) == before, "the object given was changed"


def test_defaults_are_not_shared_between_objects() -> None:
    schema = thing(a={"type": "array", "items": TEXT, "default": ["x"]})
    one = defaulted(schema, {})
    one["a"].append("y")

    assert defaulted(schema, {}) == {"a": ["x"]}


def test_an_object_is_formed_before_it_is_stored() -> None:
    schema = thing(spec=thing(a={**TEXT, "default": "x"}))
    told = formed(schema, {"kind": "A", "spec": {"b": 1, "a": None}, "other": {}})

    assert told.value == {"kind": "A", "spec": {"a": "x"}}
    assert told.unknown == ("spec.b", "other")
