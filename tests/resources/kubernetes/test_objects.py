"""What a server refuses of objects, by any structural schema."""

from __future__ import annotations

from typing import Any

import pytest

from support.kinds.admission import wrong
from support.kinds.rules import broken_rules
from zester.resources.kubernetes.structural.cause import CauseReason
from zester.resources.kubernetes.structural.pattern import compiled
from zester.resources.kubernetes.structural.validation import violations

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
KEEP = "x-kubernetes-preserve-unknown-fields"


def thing(**fields: Json) -> Json:
    return {"type": "object", "properties": fields}


R = CauseReason
CHECKS: list[tuple[Json, Any, CauseReason | None]] = [
    (TEXT, "", None),
    (TEXT, 1, R.TYPE_INVALID),
    (TEXT, None, R.TYPE_INVALID),
    ({**TEXT, "nullable": True}, None, None),
    ({"type": "integer"}, 1, None),
    ({"type": "integer"}, 1.0, None),
    ({"type": "integer"}, 1.5, R.TYPE_INVALID),
    ({"type": "integer"}, 2**63 - 1, None),
    ({"type": "integer"}, 2**63, R.TYPE_INVALID),
    ({"type": "integer"}, 2.0**53, R.TYPE_INVALID),
    ({"type": "integer"}, float("inf"), R.TYPE_INVALID),
    ({"type": "integer"}, float("nan"), R.TYPE_INVALID),
    ({"type": "integer"}, True, R.TYPE_INVALID),
    ({"type": "integer"}, "1", R.TYPE_INVALID),
    ({"type": "number"}, 1.5, None),
    ({"type": "boolean"}, 0, R.TYPE_INVALID),
    ({"type": "array", "items": TEXT}, {}, R.TYPE_INVALID),
    ({"type": "array", "items": TEXT}, [None], R.TYPE_INVALID),
    ({"type": "object"}, [], R.TYPE_INVALID),
    ({KEEP: True}, [1, {"a": None}], None),
    ({"x-kubernetes-int-or-string": True}, 3, None),
    ({"x-kubernetes-int-or-string": True}, "3%", None),
    ({"x-kubernetes-int-or-string": True}, 3.5, R.TYPE_INVALID),
    ({"x-kubernetes-int-or-string": True}, True, R.TYPE_INVALID),
    ({"x-kubernetes-int-or-string": True}, None, R.TYPE_INVALID),
    ({"x-kubernetes-int-or-string": True, "minimum": 0}, -1, R.INVALID),
    ({"x-kubernetes-int-or-string": True, "pattern": "^a$"}, 3, None),
    ({**TEXT, "enum": ["a"]}, "b", R.NOT_SUPPORTED),
    ({"type": "integer", "enum": [1]}, 1, None),
    ({**TEXT, "minLength": 2}, "ä", R.INVALID),
    ({**TEXT, "maxLength": 1}, "ä", None),
    ({**TEXT, "maxLength": 1}, "ab", R.TOO_LONG),
    ({**TEXT, "pattern": "b"}, "abc", None),
    ({**TEXT, "pattern": "^b$"}, "b\n", R.INVALID),
    ({**TEXT, "pattern": r"^\w$"}, "ä", R.INVALID),
    ({**TEXT, "pattern": "^[$]$"}, "$", None),
    ({**TEXT, "pattern": "^[]$]$"}, "]", None),
    ({**TEXT, "pattern": r"^\$$"}, "$", None),
    ({**TEXT, "format": "date-time"}, "2026-01-31T12:00:00Z", None),
    ({**TEXT, "format": "date-time"}, "2026-01-31T12:00:00.5+01:00", None),
    ({**TEXT, "format": "date-time"}, "2026-01-31", R.INVALID),
    ({**TEXT, "format": "date-time"}, "tomorrow", R.INVALID),
    ({**TEXT, "format": "something"}, "anything", None),
    ({"type": "integer", "minimum": 1}, 0, R.INVALID),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1, R.INVALID),
    ({"type": "integer", "maximum": 1}, 2, R.INVALID),
    ({"type": "number", "maximum": 1, "exclusiveMaximum": True}, 1, R.INVALID),
    ({"type": "integer", "multipleOf": 5}, 10, None),
    ({"type": "integer", "multipleOf": 5}, 11, R.INVALID),
    ({"type": "array", "items": TEXT, "minItems": 1}, [], R.INVALID),
    ({"type": "array", "items": TEXT, "maxItems": 1}, ["a", "b"], R.TOO_MANY),
    ({"type": "object", "minProperties": 1}, {}, R.INVALID),
    ({"type": "object", "maxProperties": 1, KEEP: True}, {"a": 1, "b": 2}, R.TOO_MANY),
    ({**thing(a=TEXT), "required": ["a"]}, {}, R.REQUIRED),
    ({**thing(a=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": ""}, None),
    (
        {**thing(a=TEXT, b=TEXT), "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": "", "b": ""},
        R.INVALID,
    ),
    ({**thing(a=TEXT), "anyOf": [{"required": ["a"]}]}, {}, R.INVALID),
    ({**TEXT, "allOf": [{"minLength": 1}, {"maxLength": 2}]}, "", R.INVALID),
    ({**TEXT, "not": {"pattern": "x"}}, "x", R.INVALID),
    ({"type": "array", "items": TEXT}, ["a", "a"], None),
    ({"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"}, ["a", "a"], R.DUPLICATE),
    (
        {"type": "array", "items": {KEEP: True}, "x-kubernetes-list-type": "set"},
        [{"a": 1, "b": 2}, {"b": 2, "a": 1}],
        R.DUPLICATE,
    ),
]


@pytest.mark.parametrize(("schema", "value", "reason"), CHECKS)
def test_a_value_is_checked(schema: Json, value: Any, reason: CauseReason | None) -> None:  # noqa: ANN401 - JSON
    told = [cause.reason for cause in violations(schema, value, "a")]

    assert told == ([] if reason is None else [reason])


MAP_LIST: Json = {
    "type": "array",
    "items": {**thing(k=TEXT, p={"type": "integer"}, v=TEXT), "required": ["k"]},
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k", "p"],
}


def test_elements_of_a_map_are_the_same_under_all_keys() -> None:
    twice = [{"k": "a", "p": 1}, {"k": "a", "p": 2}, {"k": "a", "p": 1, "v": "x"}, {"k": "a"}]

    (told,) = violations(MAP_LIST, twice, "a")
    assert (told.reason, told.field) == (R.DUPLICATE, "a[2]")


def test_every_wrong_place_is_named() -> None:
    schema = thing(
        a={"type": "array", "items": thing(b=TEXT)},
        c={"type": "object", "additionalProperties": {"type": "integer"}},
    )

    told = violations(schema, {"a": [{"b": "x"}, {"b": 1}], "c": {"d": "x"}}, "spec")
    assert [cause.field for cause in told] == ["spec.a[1].b", "spec.c.d"]


def test_a_value_is_never_told() -> None:
    schema = thing(
        a={**TEXT, "pattern": "^x$", "maxLength": 1, "enum": ["x"]}, b={"type": "integer"}
    )

    told = violations(schema, {"a": "hunter2", "b": "hunter2"})
    assert told
    assert not any("hunter2" in str(cause) for cause in told)


@pytest.mark.parametrize("pattern", ["(?=a)", "(?!a)", "(?<=a)", "(?<!a)b", r"(a)\1", "(?>a)", "("])
def test_patterns_that_servers_do_not_know_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compiled(pattern)


RULE = {"rule": "self == oldSelf", "message": "kept"}


def test_what_was_before_an_element_is_known_in_maps_alone() -> None:
    element = thing(k=TEXT, v={**TEXT, "x-kubernetes-validations": [RULE]})
    plain = {"type": "array", "items": element}
    keyed = {**plain, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"]}
    old, new = [{"k": "a", "v": "1"}, {"k": "b", "v": "2"}], [{"k": "b", "v": "3"}]

    assert broken_rules(plain, new, old) == ()
    assert [cause.field for cause in broken_rules(keyed, new, old)] == ["[0].v"]


def test_what_was_before_is_not_known_in_atomic_maps() -> None:
    schema = {**thing(v={**TEXT, "x-kubernetes-validations": [RULE]})}
    atomic = {**schema, "x-kubernetes-map-type": "atomic"}

    assert len(broken_rules(schema, {"v": "1"}, {"v": "2"})) == 1
    assert broken_rules(atomic, {"v": "1"}, {"v": "2"}) == ()


def test_a_rule_that_fails_refuses_the_object() -> None:
    schema = {**thing(a=TEXT), "x-kubernetes-validations": [{"rule": "self.a == 'x'"}]}

    (told,) = broken_rules(schema, {})
    assert "evaluating rule" in told.message


def test_rules_are_not_asked_about_objects_of_another_shape() -> None:
    schema = {**thing(a=TEXT), "x-kubernetes-validations": [{"rule": "self.a == 'x'"}]}
    told = wrong(schema, {"a": 1})

    assert [cause.reason for cause in told] == [R.TYPE_INVALID, R.INVALID]
    assert "not checked" in told[1].message
