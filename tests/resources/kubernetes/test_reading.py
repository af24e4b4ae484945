"""Whatever a server lets in can be read; what it would not let in does no harm."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.kinds.admission import Body, formed, wrong
from support.kinds.cases import SCHEMAS, kind_cases
from support.kinds.kstatus import kstatus
from zester.errors import InvalidDocument
from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.kinds.settings import Settings
from zester.resources.kubernetes.kinds.state_tree import STATE_TREE, StateTree
from zester.resources.kubernetes.names import API_VERSION

Step = tuple[str | int, ...]

TEXTS = st.text(max_size=6) | st.sampled_from(
    [
        *("", "a", "a\n", "\x00", "../a", "a/b", "1", "5%", "100%", "1h", "1h\n", "ä", "٣", "-"),
        *("2030-01-01T00:00:00Z", "2030-01-01 00:00:00Z", "2030-01-01T24:00:00Z", "Approve", "*"),
        *("²%", "a.b", "True", "test.ping", "https://a/b", "a" * 300),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(TEXTS, SCALARS, max_size=3)


BODIES = [(case.kind, case.body) for case in kind_cases()]


def _places(value: Any, place: Step = ()) -> Iterator[Step]:  # noqa: ANN401 - JSON
    yield place
    if isinstance(value, dict | list):
        steps = value if isinstance(value, dict) else range(len(value))
        for step in steps:
            yield from _places(value[step], (*place, step))


@st.composite
def _damaged(draw: st.DrawFn) -> tuple[CustomKind, Body]:
    kind, body = draw(st.sampled_from(BODIES))
    body = copy.deepcopy(body)
    schema = SCHEMAS[kind.name]["properties"]["spec"]["properties"]
    if "spec" in body and draw(st.booleans()):
        body["spec"][draw(st.sampled_from(sorted(schema)))] = draw(VALUES)
    *way, last = draw(st.sampled_from([place for place in _places(body) if len(place) > 1]))
    at: Any = body
    for step in way:
        at = at[step]
    at[last] = draw(VALUES)
    body["metadata"] = {"name": "a"}
    return kind, body


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_damaged())
def test_whatever_a_server_lets_in_is_read(damaged: tuple[CustomKind, Body]) -> None:
    kind, body = damaged
    told = formed(SCHEMAS[kind.name], body)
    if wrong(SCHEMAS[kind.name], told.value):
        return
    read = kind.model.read(told.value)
    assert wrong(SCHEMAS[kind.name], formed(SCHEMAS[kind.name], read.written()).value) == ()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_damaged())
def test_whatever_is_in_an_object_reading_it_ends_in_our_own_error(
    damaged: tuple[CustomKind, Body],
) -> None:
    kind, body = damaged
    with suppress(InvalidDocument):
        assert kind.model.read(body).metadata.name == "a"


def _tree(**spec: object) -> Body:
    return {
        "apiVersion": API_VERSION,
        "kind": "StateTree",
        "metadata": {"name": "a"},
        "spec": {"files": {"a": ""}, **spec},
    }


def test_a_field_of_a_newer_master_is_not_passed_over() -> None:
    with pytest.raises(InvalidDocument, match=r"spec\.encrypt"):
        StateTree.read(_tree(encrypt=True))


def test_a_status_of_a_newer_master_is_passed_over() -> None:
    body = {**_tree(), "status": {"fileCount": 3, "invented": {"later": 1}}}

    read = StateTree.read(body)
    assert read.status is not None
    assert read.status.file_count == 3


def test_an_object_of_another_kind_or_version_is_refused() -> None:
    for change in ({"kind": "Settings"}, {"apiVersion": "zester.dev/v2"}):
        with pytest.raises(InvalidDocument):
            StateTree.read({**_tree(), **change})


def test_a_text_that_no_server_sends_is_refused() -> None:
    """Servers write U+FFFD where half of a pair of surrogates was."""
    with pytest.raises(InvalidDocument, match=r"spec\.suspendReason"):
        StateTree.read(_tree(suspendReason="\ud800"))


def test_a_value_that_may_be_secret_is_not_told() -> None:
    body = {
        "kind": "Settings",
        "metadata": {"name": "a"},
        "spec": {"path": "a.zy", "data": "hunter2", "template": {"password": "hunter2"}},
    }
    with pytest.raises(InvalidDocument) as caught:
        Settings.read(body)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("path", ["../a", "/a", "a//b", "a/../b", "a\\b", "", "a\n"])
def test_a_path_out_of_the_tree_is_refused_without_a_server_too(path: str) -> None:
    with pytest.raises(InvalidDocument, match=r"spec\.files"):
        StateTree.read(_tree(files={path: ""}))


def _said(**conditions: str) -> list[Body]:
    return [{"type": name, "status": status} for name, status in conditions.items()]


SAYINGS: list[tuple[Body, str]] = [
    ({"observedGeneration": 2, "conditions": _said(Ready="True")}, "Current"),
    ({"observedGeneration": 1, "conditions": _said(Ready="True")}, "InProgress"),
    (
        {"observedGeneration": 2, "conditions": _said(Ready="Unknown", Reconciling="True")},
        "InProgress",
    ),
    ({"observedGeneration": 2, "conditions": _said(Ready="False", Stalled="True")}, "Failed"),
    ({"observedGeneration": 2, "conditions": _said(Ready="False")}, "InProgress"),
]


@pytest.mark.parametrize(("status", "seen"), SAYINGS)
def test_tools_read_the_status_as_it_is_meant(status: Body, seen: str) -> None:
    assert kstatus({"metadata": {"name": "a", "generation": 2}, "status": status}) == seen


def test_tools_see_that_a_new_object_is_not_done() -> None:
    told = formed(SCHEMAS[STATE_TREE.name], {**_tree(), "metadata": {"name": "a", "generation": 1}})

    assert kstatus(told.value) == "InProgress"
