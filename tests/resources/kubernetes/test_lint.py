"""What a server refuses or silently ignores of definitions is found without one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from zester.resources.kubernetes.definition import definition
from zester.resources.kubernetes.kinds.state_tree import STATE_TREE
from zester.resources.kubernetes.structural.lint.definition import problems
from zester.resources.kubernetes.structural.lint.rules import rule_problems
from zester.resources.kubernetes.structural.lint.shape import shape_problems

Json = dict[str, Any]

TEXT: Json = {"type": "string", "maxLength": 9}
NUMBER: Json = {"type": "integer"}
SET, MAP, KEYS = "x-kubernetes-list-type", "x-kubernetes-map-type", "x-kubernetes-list-map-keys"
KEEP, EITHER = "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string"


def thing(**fields: Json) -> Json:
    return {"type": "object", "properties": fields}


SHAPES: list[tuple[Json, str]] = [
    ({"$ref": "#/$defs/A"}, "$ref cannot be used"),
    ({"type": "object", "$defs": {}}, "$defs cannot be used"),
    ({"type": "string", "const": "a"}, "const cannot be used"),
    ({"type": ["string", "null"]}, "type must be one of"),
    ({"type": "null"}, "type must be one of"),
    ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "has no type"),
    ({**TEXT, "anyOf": [{"type": "string"}]}, "anyOf: type cannot be used there"),
    ({**TEXT, "oneOf": [{"default": "a"}]}, "oneOf: default cannot be used there"),
    ({**TEXT, "not": {"nullable": True}}, "not: nullable cannot be used there"),
    (
        {**thing(a=TEXT), "allOf": [{"properties": {"a": {"type": "string"}}}]},
        "allOf.a: type cannot be used there",
    ),
    ({"type": "integer", "exclusiveMinimum": 0}, "exclusiveMinimum must be true or false"),
    ({"type": "integer", "exclusiveMaximum": 9}, "exclusiveMaximum must be true or false"),
    ({**thing(a=TEXT), "additionalProperties": False}, "exclude each other"),
    ({"type": "array", "items": TEXT, "uniqueItems": True}, "uniqueItems cannot be used"),
    ({"type": "array"}, "a list without items"),
    ({"type": "array", "prefixItems": [TEXT]}, "prefixItems cannot be used"),
    ({"properties": {"a": TEXT}}, "has no type"),
    (thing(a={}), "self.a: has no type"),
    ({"type": "array", "items": {}}, "self[]: has no type"),
    ({**TEXT, "pattern": "(?!a)"}, "pattern: look-around"),
    ({**TEXT, "pattern": "("}, "pattern: "),
    ({"type": "integer", EITHER: True}, "has a type beside"),
    ({EITHER: True, KEEP: True}, "exclude each other"),
    ({**TEXT, "format": "emial"}, "format emial is not checked"),
    ({**NUMBER, "default": "a"}, "the default does not fit"),
    ({**NUMBER, "default": None}, "the default is null"),
    ({**thing(a=TEXT), "default": {"b": 1}}, "the default has b"),
    ({**thing(a=TEXT), "required": ["a"], "default": {}}, "the default does not fit"),
    ({**thing(a=TEXT), "required": ["b"]}, "requires b"),
    ({"type": "array", "items": TEXT, SET: "bag"}, "must be atomic, set or map"),
    ({"type": "array", "items": thing(a=TEXT), SET: "set"}, "must be scalars or atomic"),
    (
        {"type": "array", "items": {"type": "array", "items": TEXT, SET: "set"}, SET: "set"},
        "must be scalars or atomic",
    ),
    ({"type": "array", "items": {**TEXT, "nullable": True}, SET: "set"}, "cannot be null"),
    ({"type": "array", "items": thing(a=TEXT), SET: "map"}, "needs objects and"),
    ({"type": "array", "items": TEXT, SET: "map", KEYS: ["a"]}, "needs objects and"),
    ({"type": "array", "items": thing(a=TEXT), SET: "map", KEYS: ["b"]}, "b is not a scalar"),
    ({"type": "array", "items": thing(a=thing()), SET: "map", KEYS: ["a"]}, "a is not a scalar"),
    ({"type": "array", "items": thing(a=TEXT), SET: "map", KEYS: ["a"]}, "must be required or"),
    (
        {
            "type": "array",
            "items": {**thing(a={**TEXT, "nullable": True}), "required": ["a"]},
            SET: "map",
            KEYS: ["a"],
        },
        "the key a cannot be null",
    ),
]


@pytest.mark.parametrize(("schema", "told"), SHAPES, ids=[told for _, told in SHAPES])
def test_a_schema_that_is_not_structural_is_found(schema: Json, told: str) -> None:
    found = list(shape_problems(schema, "self"))

    assert found, "nothing was found"
    assert told in found[0]


GOOD_SHAPES: list[Json] = [
    {"type": "object", "additionalProperties": TEXT},
    {"type": "object", KEEP: True},
    {KEEP: True},
    {EITHER: True},
    {EITHER: True, "anyOf": [{"type": "integer"}, {"type": "string"}]},
    {**thing(a=TEXT, b=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    {"type": "array", "items": {**thing(a=TEXT), MAP: "atomic"}, SET: "set"},
    {"type": "array", "items": thing(a={**TEXT, "default": "x"}), SET: "map", KEYS: ["a"]},
    {**TEXT, "nullable": True, "default": None},
    {**thing(a={**TEXT, "default": "x"}), "required": ["a"], "default": {}},
]


@pytest.mark.parametrize("schema", GOOD_SHAPES, ids=str)
def test_a_structural_schema_is_let_alone(schema: Json) -> None:
    assert list(shape_problems(schema, "self")) == []


def ruled(rule: str, schema: Json) -> Json:
    return {**schema, "x-kubernetes-validations": [{"rule": rule, "message": "no"}]}


LONG: Json = {"type": "string"}
LIST: Json = {"type": "array", "items": TEXT, "maxItems": 3}
KEPT = ruled("self == oldSelf", TEXT)

RULES: list[tuple[Json, str]] = [
    (ruled("self.b == 'x'", thing(a=TEXT)), "self.b, which is not declared"),
    (ruled("self.a == 'x'", thing(a=TEXT)), "needs has(self.a)"),
    (ruled("!has(self.a) || self.a.b == 'x'", thing(a=thing(b=TEXT))), "needs has(self.a.b)"),
    (ruled("oldSelf.a == 'x'", thing(a=TEXT)), "needs has(oldSelf.a)"),
    (ruled("has(self.a) && self.a.isURL()", thing(a=TEXT)), "calls isURL()"),
    (ruled("self.split('/').size() > 0", TEXT), "calls split()"),
    (ruled("self == 'x'", LONG), "text without maxLength"),
    (ruled("has(self.a) && self.a == 'x'", thing(a=LONG)), "text without maxLength"),
    (ruled("size(self) > 0", {"type": "array", "items": TEXT}), "list without maxItems"),
    (ruled("self.all(a, a != '')", {**LIST, "items": LONG}), "text without maxLength"),
    (
        ruled("self.all(k, k != '')", {"type": "object", "additionalProperties": TEXT}),
        "map without maxProperties",
    ),
    (
        ruled(
            "has(self.a) && self.a.all(x, x.b == 'c')", thing(a={**LIST, "items": thing(b=LONG)})
        ),
        "text without maxLength",
    ),
    (ruled("self == oldSelf", {EITHER: True}), "text without maxLength"),
    (thing(a={"type": "array", "items": ruled("self != ''", TEXT)}), "without a limit"),
    (
        thing(a={"type": "object", "additionalProperties": ruled("self != ''", TEXT)}),
        "without a limit",
    ),
    (thing(a={**LIST, "items": KEPT}), "what was before"),
    (thing(a={**LIST, "items": KEPT, SET: "set"}), "what was before"),
    ({**thing(a=KEPT), MAP: "atomic"}, "what was before"),
    (ruled("true", {KEEP: True}), "any type"),
    (ruled("self !=\n''", TEXT), "must be one line"),
    ({**TEXT, "x-kubernetes-validations": [{"rule": "self != ''"}]}, "needs a message"),
]


@pytest.mark.parametrize(("schema", "told"), RULES, ids=[told for _, told in RULES])
def test_a_rule_that_would_be_refused_or_fail_is_found(schema: Json, told: str) -> None:
    found = list(rule_problems(schema, "self"))

    assert found, "nothing was found"
    assert all(told in each for each in found), found


GOOD_RULES: list[Json] = [
    ruled("has(self.a) && self.a == 'x'", thing(a=TEXT, b=LONG)),
    ruled("self.a == 'isURL(x) self.b'", {**thing(a=TEXT), "required": ["a"]}),
    ruled(r"self.a.matches(r'^\w+\.(oldSelf)$')", thing(a={**TEXT, "default": "x"})),
    ruled("self.metadata.name == 'x' && self.kind != ''", thing()),
    ruled("has(self.__function__) && self.__function__ == 'x'", thing(function=TEXT)),
    thing(
        a={**LIST, "items": {**thing(k=TEXT, v=KEPT), "required": ["k"]}, SET: "map", KEYS: ["k"]}
    ),
    thing(a={"type": "object", "additionalProperties": KEPT, "maxProperties": 3}),
    ruled("self == oldSelf", {**TEXT, "format": "date-time"}),
]


@pytest.mark.parametrize("schema", GOOD_RULES, ids=str)
def test_a_good_rule_is_let_alone(schema: Json) -> None:
    assert list(rule_problems(schema, "self")) == []


COLUMNS = [
    ({"jsonPath": ".spec.evn"}, "evn is not declared"),
    ({"jsonPath": "spec.env"}, "is not a path"),
    ({"jsonPath": ".spec.env["}, "is not a path"),
    ({"jsonPath": ".spec.env[0]"}, "is not in a list"),
    ({"jsonPath": ".spec.filesFrom"}, "is of type array"),
    ({"jsonPath": ".spec"}, "is of type object"),
    ({"jsonPath": ".spec.priority"}, "is of type integer, not string"),
    ({"jsonPath": ".spec.env", "type": "date"}, "is not a date-time"),
    ({"jsonPath": ".spec.env", "type": "text"}, "there is no type text"),
    ({"jsonPath": '.status.conditions[?(@.tpye=="Ready")].status'}, "tpye is not declared"),
    ({"jsonPath": ".spec.env", "name": "Ready"}, "there are two"),
]


@pytest.mark.parametrize(("column", "told"), COLUMNS, ids=[told for _, told in COLUMNS])
def test_a_column_that_would_stay_empty_is_found(column: Json, told: str) -> None:
    manifest = copy.deepcopy(definition(STATE_TREE))
    columns = manifest["spec"]["versions"][0]["additionalPrinterColumns"]
    columns.insert(0, {"name": "New", "type": "string", **column})

    (found,) = problems(manifest)
    assert told in found


def _in(manifest: Json, *path: str | int) -> Any:  # noqa: ANN401 - JSON
    for step in path:
        manifest = manifest[step]  # type: ignore[index]  # lists among objects
    return manifest


CHANGES: list[tuple[tuple[str | int, ...], str, Any, str]] = [
    (("metadata",), "name", "statetrees", "must be plural and group"),
    (("spec", "names"), "listKind", "StateTree", "are the same"),
    (("spec", "names"), "shortNames", ["Z"], "not a DNS label"),
    (("spec", "versions", 0), "storage", False, "0 are stored"),
    (("spec", "versions", 0), "subresources", {}, "no subresource"),
    (
        ("spec", "versions", 0, "schema", "openAPIV3Schema", "properties"),
        "metadata",
        {"type": "object", "properties": {"labels": {"type": "object", KEEP: True}}},
        "only name and generateName",
    ),
]


@pytest.mark.parametrize(
    ("place", "name", "value", "told"), CHANGES, ids=[case[3] for case in CHANGES]
)
def test_a_definition_that_would_be_refused_is_found(
    place: tuple[str | int, ...],
    name: str,
    value: Any,  # noqa: ANN401 - JSON
    told: str,
) -> None:
    manifest = copy.deepcopy(definition(STATE_TREE))
    _in(manifest, *place)[name] = value

    assert any(told in found for found in problems(manifest))
