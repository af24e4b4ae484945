"""crds/ is what the models say, and what clusters, tools and people expect of definitions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.kinds.admission import formed, wrong
from zester.resources.kubernetes.definition import definition, object_schema
from zester.resources.kubernetes.generated import FOLDERS, generated
from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester.resources.kubernetes.structural.lint.definition import problems
from zester.resources.kubernetes.structural.schema import INT_OR_STRING, PRESERVE, Schema

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    body
    for path in sorted((ROOT / "examples/kubernetes").glob("*.yaml"))
    for body in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
GENERATED = generated()
BY_NAME = {kind.name: kind for kind in CUSTOM_KINDS}
OLDEST_WORDS_REFUSE = ("selectableFields", "optionalOldSelf", "messageExpression", "fieldPath")

each_kind = pytest.mark.parametrize("kind", CUSTOM_KINDS, ids=lambda kind: kind.singular)


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_a_written_definition_is_up_to_date(name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")

    assert written == GENERATED[name], "run: make crds"


def test_there_is_no_definition_of_a_kind_that_went() -> None:
    written = {f"{folder}/{each.name}" for folder in FOLDERS for each in (ROOT / folder).iterdir()}

    assert written == {name for name in GENERATED if name.startswith(FOLDERS)}


@each_kind
def test_a_definition_is_one_that_servers_take(kind: CustomKind) -> None:
    assert problems(definition(kind)) == ()


@each_kind
def test_what_is_written_is_what_is_meant(kind: CustomKind) -> None:
    text = GENERATED[f"crds/zester.dev_{kind.plural}.yaml"]

    assert yaml.safe_load(text) == definition(kind)
    assert not any(word in text for word in OLDEST_WORDS_REFUSE)


@each_kind
def test_names_do_not_collide_with_those_of_others(kind: CustomKind) -> None:
    names = definition(kind)["spec"]["names"]

    assert all(short.startswith("z") for short in names["shortNames"])
    assert names["categories"] == ["zester"]
    assert definition(kind)["spec"]["scope"] == "Namespaced"


def test_no_two_kinds_share_a_name() -> None:
    words = [
        word
        for kind in CUSTOM_KINDS
        for word in {kind.plural, kind.singular, kind.short, kind.name}
    ]
    assert len(words) == len(set(words))


@each_kind
def test_an_object_that_nobody_has_seen_is_not_done(kind: CustomKind) -> None:
    status = object_schema(kind)["properties"]["status"]

    assert status["default"] == {"observedGeneration": -1}
    conditions = status["properties"]["conditions"]
    assert conditions["x-kubernetes-list-type"] == "map"
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]
    assert set(conditions["items"]["required"]) == {
        *("type", "status", "reason", "message", "lastTransitionTime"),
    }


@each_kind
def test_columns_end_as_everywhere(kind: CustomKind) -> None:
    columns = definition(kind)["spec"]["versions"][0]["additionalPrinterColumns"]

    assert [column["name"] for column in columns][-3:] == ["Ready", "Status", "Age"]


@each_kind
def test_every_field_is_explained_and_limited(kind: CustomKind) -> None:
    schema = object_schema(kind)
    for word in ("spec", "status"):
        for place, node in _fields(schema["properties"][word], word):
            assert node.get("description") or place.endswith("[]"), f"{place} says nothing"
            assert _limited(node), f"{place} has no limit"


def _fields(schema: Schema, place: str) -> Iterator[tuple[str, Schema]]:
    yield place, schema
    for name, inner in schema.get("properties", {}).items():
        yield from _fields(inner, f"{place}.{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            yield from _fields(schema[word], f"{place}[]")


def _limited(node: Schema) -> bool:
    if node.get(PRESERVE):
        return True
    if node.get("type") == "string" or node.get(INT_OR_STRING):
        return bool({"maxLength", "enum", "format"} & set(node))
    if node.get("type") == "array":
        return "maxItems" in node
    return "additionalProperties" not in node or "maxProperties" in node


@pytest.mark.parametrize("body", EXAMPLES, ids=lambda body: str(body["kind"]))
def test_an_example_is_taken_as_it_is(body: dict[str, Any]) -> None:
    kind = BY_NAME[body["kind"]]
    told = formed(object_schema(kind), body)

    assert told.unknown == ()
    assert wrong(object_schema(kind), told.value) == ()
    named = {**told.value, "metadata": {"name": "a", **told.value["metadata"]}}
    assert kind.model.read(named).written()["spec"] == told.value["spec"]


@each_kind
def test_the_page_tells_every_field(kind: CustomKind) -> None:
    section = (
        GENERATED["docs/kubernetes-kinds.md"].split(f"\n## {kind.name}\n")[1].split("\n## ")[0]
    )

    for word in ("spec", "status"):
        for place, _ in _fields(object_schema(kind)["properties"][word], word):
            if place.count(".") and not place.startswith("status.conditions"):
                assert f"`{place.removesuffix('[]')}`" in section
    for row in section.splitlines():
        if row.startswith("|"):
            assert row.replace("\\|", "").count("|") == 5, row


def test_there_is_an_example_of_each_kind() -> None:
    assert {body["kind"] for body in EXAMPLES} == set(BY_NAME)


@pytest.mark.parametrize(
    "program", ["zester_peel.main", "zester.cli.main", "zester_controller.main"]
)
def test_programs_start_without_anything_of_kubernetes(program: str) -> None:
    script = (
        f"import sys, {program}; print([name for name in sys.modules"
        " if 'kubernetes' in name or name in ('kopf', 'cel')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
