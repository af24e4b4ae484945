"""Every rule of every kind, with objects that keep it and objects that break it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from support.kinds.admission import formed, wrong
from support.kinds.cases import SCHEMAS, KindCase, kind_cases
from support.kinds.rules import verdicts
from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.resources.kubernetes.structural.schema import VALIDATIONS, Schema

ALL = list(kind_cases())


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_server_says_of_an_object_what_is_wrong_with_it(case: KindCase) -> None:
    told = {
        cause.field: str(cause) for cause in wrong(SCHEMAS[case.kind.name], case.body, case.old)
    }

    assert set(told) == set(case.wrong), told
    for field, part in case.wrong.items():
        assert part in told[field], told


@pytest.mark.parametrize("case", ALL, ids=str)
def test_what_an_object_was_before_is_good(case: KindCase) -> None:
    if case.old is not None:
        assert not wrong(SCHEMAS[case.kind.name], case.old)


@pytest.mark.parametrize("case", [each for each in ALL if not each.wrong], ids=str)
def test_a_good_object_is_read(case: KindCase) -> None:
    read = case.kind.model.read(case.body)

    assert formed(SCHEMAS[case.kind.name], read.written()).unknown == ()


@pytest.mark.parametrize("kind", CUSTOM_KINDS, ids=lambda kind: kind.singular)
def test_each_rule_is_kept_by_some_object_and_broken_by_another(kind: CustomKind) -> None:
    schema = SCHEMAS[kind.name]
    kept: set[str] = set()
    broken: set[str] = set()
    for case in ALL:
        if case.kind is kind:
            for told in verdicts(schema, case.body, case.old):
                (broken if told.cause else kept).add(told.rule)

    rules = set(_rules(schema))
    assert rules - kept == set()
    assert rules - broken == set()


def _rules(schema: Schema) -> Iterator[str]:
    yield from (each["message"] for each in schema.get(VALIDATIONS, ()))
    for inner in schema.get("properties", {}).values():
        yield from _rules(inner)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            yield from _rules(schema[word])
