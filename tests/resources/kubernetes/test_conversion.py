"""What pydantic says of models, as Kubernetes takes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, create_model

from zester.errors import NotStructural
from zester.resources.kubernetes.markers import ListMap, ListSet, Rule
from zester.resources.kubernetes.parts.fields import IntOrPercent
from zester.resources.kubernetes.parts.part import Part
from zester.resources.kubernetes.structural.conversion import structural_schema
from zester.resources.kubernetes.structural.lint.shape import shape_problems


class Inner(Part):
    """An inner
    thing of ``two`` lines."""

    some_name: str
    other: int = 3

    rules = (Rule("has(self.someName)", "needs a name"),)


class Node(BaseModel):
    children: tuple[Node, ...] = ()


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


CASES: list[tuple[Any, dict[str, Any]]] = [
    (str, {"type": "string"}),
    (str | None, {"type": "string"}),
    (Literal["a"], {"type": "string", "enum": ["a"]}),
    (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
    (
        Annotated[int, Field(gt=0, lt=9)],
        {
            "type": "integer",
            "minimum": 0,
            "exclusiveMinimum": True,
            "maximum": 9,
            "exclusiveMaximum": True,
        },
    ),
    (
        Annotated[tuple[str, ...], Field(max_length=3), ListSet()],
        {
            "type": "array",
            "maxItems": 3,
            "items": {"type": "string"},
            "x-kubernetes-list-type": "set",
        },
    ),
    (
        frozenset[str],
        {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
    ),
    (
        Annotated[dict[str, int], Field(max_length=3)],
        {"type": "object", "maxProperties": 3, "additionalProperties": {"type": "integer"}},
    ),
    (dict[str, Any], {"type": "object", "x-kubernetes-preserve-unknown-fields": True}),
    (Any, {"x-kubernetes-preserve-unknown-fields": True}),
    (
        tuple[Any, ...],
        {"type": "array", "items": {"x-kubernetes-preserve-unknown-fields": True}},
    ),
    (
        IntOrPercent | None,
        {
            "pattern": "^(100|[1-9]?[0-9])%$",
            "maxLength": 4,
            "minimum": 0,
            "x-kubernetes-int-or-string": True,
        },
    ),
    (
        Annotated[Inner, Rule("true", "fits")],
        {
            "description": "An inner thing of two lines.",
            "type": "object",
            "required": ["someName"],
            "properties": {
                "someName": {"type": "string"},
                "other": {"type": "integer", "default": 3},
            },
            "x-kubernetes-validations": [
                {"rule": "has(self.someName)", "message": "needs a name"},
                {"rule": "true", "message": "fits"},
            ],
        },
    ),
    (
        Open,
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"type": "integer"}},
            "x-kubernetes-preserve-unknown-fields": True,
        },
    ),
]


@pytest.mark.parametrize(("annotation", "schema"), CASES, ids=str)
def test_a_type_becomes_what_kubernetes_takes(
    annotation: Any,  # noqa: ANN401 - any annotation
    schema: dict[str, Any],
) -> None:
    default = None if type(None) in getattr(annotation, "__args__", ()) else ...
    model = create_model("Thing", field=(annotation, default))

    found = structural_schema(model)["properties"]["field"]

    assert found == schema
    assert list(shape_problems(found, "field")) == []


def test_elements_of_a_list_can_be_known_by_a_field() -> None:
    class Thing(BaseModel):
        field: Annotated[tuple[Inner, ...], ListMap("someName")]

    found = structural_schema(Thing)["properties"]["field"]

    assert found["x-kubernetes-list-type"] == "map"
    assert found["x-kubernetes-list-map-keys"] == ["someName"]


def test_the_same_model_can_be_there_twice() -> None:
    model = create_model("Thing", one=(Inner, ...), two=(Inner, ...))

    found = structural_schema(model)["properties"]

    assert found["one"] == found["two"]
    assert len(found["one"]["x-kubernetes-validations"]) == 1


REFUSED = [
    (int | str, "choice of types"),
    (Inner | Node, "choice of types"),
    (tuple[int, str], "list without a type"),
    (dict[Annotated[str, Field(pattern="^a$")], int], "patternProperties"),
    (Node, "holds itself"),
]


@pytest.mark.parametrize(("annotation", "told"), REFUSED, ids=str)
def test_a_type_that_kubernetes_has_not_is_refused_by_name(
    annotation: Any,  # noqa: ANN401 - any annotation
    told: str,
) -> None:
    with pytest.raises(NotStructural, match=told) as caught:
        structural_schema(create_model("Thing", field=(annotation, ...)))

    assert "Thing.field" in str(caught.value)


def test_none_must_be_the_default_of_what_may_be_none() -> None:
    with pytest.raises(NotStructural, match="None is not its default"):
        structural_schema(create_model("Thing", field=(str | None, ...)))
