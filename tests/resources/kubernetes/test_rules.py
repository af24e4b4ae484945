"""Every rule of every kind, with objects that keep it and objects that break it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.admission import Body, formed, wrong
from support.rules import verdicts
from zester.resources.kubernetes.definition import object_schema
from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.resources.kubernetes.structural.schema import VALIDATIONS, Schema

CASES = Path(__file__).parents[2] / "cases/kubernetes"
SCHEMAS = {kind.name: object_schema(kind) for kind in CUSTOM_KINDS}


@dataclass(frozen=True, slots=True)
class Case:
    """``wrong`` maps each place to a part of what is said about it."""

    kind: CustomKind
    name: str
    body: Body
    old: Body | None
    wrong: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.kind.singular}-{self.name}"


def _cases() -> Iterator[Case]:
    for kind in CUSTOM_KINDS:
        written = yaml.safe_load((CASES / f"{kind.plural}.yaml").read_text(encoding="utf-8"))
        for each in written:
            old = each.get("old")
            yield Case(
                kind,
                each["case"],
                _formed(kind, each),
                None if old is None else _formed(kind, old),
                each.get("wrong", {}),
            )


def _formed(kind: CustomKind, given: Mapping[str, Any]) -> Body:
    body = {name: given[name] for name in ("spec", "status") if name in given}
    told = formed(
        SCHEMAS[kind.name],
        {"apiVersion": API_VERSION, "kind": kind.name, "metadata": {"name": "a"}, **body},
    )
    assert not told.unknown, f"{kind.name}: the case has unknown fields: {told.unknown}"
    return told.value


ALL = list(_cases())


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_server_says_of_an_object_what_is_wrong_with_it(case: Case) -> None:
    told = {
        cause.field: str(cause) for cause in wrong(SCHEMAS[case.kind.name], case.body, case.old)
    }

    assert set(told) == set(case.wrong), told
    for field, part in case.wrong.items():
        assert part in told[field], told


@pytest.mark.parametrize("case", ALL, ids=str)
def test_what_an_object_was_before_is_good(case: Case) -> None:
    if case.old is not None:
        assert not wrong(SCHEMAS[case.kind.name], case.old)


@pytest.mark.parametrize("case", [each for each in ALL if not each.wrong], ids=str)
def test_a_good_object_is_read(case: Case) -> None:
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
