"""Whatever is sent, the answer is a Status that blames the sender."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import APPLY, JSON_PATCH, MERGE, Client
from support.kubernetes.gadget import gadget
from support.kubernetes.objects.json_value import Value

pytestmark = pytest.mark.anyio

BODIES: list[Value] = [
    *(b"", b"{", b"[]", b"null", b"1", b'"text"', b"\xff\xfe", b"{}"),
    {**gadget("one"), "metadata": []},
    {**gadget("one"), "metadata": "one"},
    {**gadget("one"), "metadata": {"name": 1}},
    {**gadget("one"), "metadata": {"name": ["one"]}},
    {**gadget("one"), "metadata": {"name": "one", "namespace": 1}},
    {**gadget("one"), "metadata": {"name": "one", "uid": 1, "labels": [1]}},
    {**gadget("one"), "apiVersion": 1},
    {**gadget("one"), "spec": []},
    {**gadget("one"), "spec": {"tags": {"a": 1}, "size": "a", "free": 1}},
    gadget("one", {"labels": {"a": 1}}),
    gadget("one", {"annotations": "a"}),
    gadget("one", {"finalizers": "a"}),
    gadget("one", {"finalizers": [1]}),
    gadget("one", {"ownerReferences": [1]}),
    gadget("one", {"ownerReferences": {}}),
    gadget("one", {"generateName": 1}),
    {**gadget("one"), "spec": {"tags": [{}], "mode": []}},
]


@pytest.mark.parametrize("body", BODIES, ids=str)
async def test_a_body_that_is_no_object_is_refused(
    client: Client, place: Place, body: Value
) -> None:
    await client.create(place.all, gadget("there"))

    answers = [
        await client.ask("POST", place.all, body),
        await client.ask("PUT", place.one("there"), body),
        await client.ask(
            "PATCH", place.one("one"), body, media=APPLY, query={"fieldManager": "us"}
        ),
    ]

    for answer in answers:
        assert 400 <= answer.code < 500, answer.body
        assert answer.body["kind"] == "Status"


@pytest.mark.parametrize(
    "conditions", [["a"], [[]], [{}], [None], {}, "a", [{"type": {}}]], ids=str
)
async def test_a_status_that_is_none_is_refused(
    client: Client, place: Place, conditions: Value
) -> None:
    await client.create(place.all, gadget("one"))
    body = {**gadget("one"), "status": {"conditions": conditions}}

    applied = await client.apply(place.status("one"), body, manager="us")
    merged = await client.merge(place.status("one"), body)

    assert 400 <= applied.code < 500, applied.body
    assert 400 <= merged.code < 500, merged.body


@pytest.mark.parametrize(
    "patch",
    [
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"name": "two"}},
        {"metadata": {"uid": "other"}},
        {"metadata": {"resourceVersion": 1}},
        {"metadata": {"ownerReferences": [{"uid": 1}]}},
        {"spec": 1},
        {"kind": "Other"},
        {"apiVersion": None},
    ],
    ids=str,
)
async def test_a_merge_patch_that_breaks_the_object_is_refused(
    client: Client, place: Place, patch: Value
) -> None:
    old = await client.create(place.all, gadget("one", text="a"))

    answer = await client.ask("PATCH", place.one("one"), patch, media=MERGE)
    now = await client.get(place.one("one"))

    assert 400 <= answer.code < 500 or patch == {"metadata": None}, answer.body
    assert now.metadata["uid"] == old.metadata["uid"]
    assert now.body["spec"] == old.body["spec"]


@pytest.mark.parametrize(
    "operations",
    [
        {},
        1,
        [1],
        [{}],
        [{"op": "add"}],
        [{"op": "add", "path": 1, "value": 1}],
        [{"op": "add", "path": "spec", "value": 1}],
        [{"op": "add", "path": "/spec/tags/x", "value": 1}],
        [{"op": "add", "path": "/spec/text/deeper", "value": 1}],
        [{"op": "replace", "path": "", "value": 1}],
        [{"op": "remove", "path": ""}],
        [{"op": "remove", "path": "/metadata"}],
        [{"op": "move", "path": "/spec"}],
        [{"op": "test", "path": "/spec/tags/99", "value": 1}],
    ],
    ids=str,
)
async def test_a_json_patch_that_is_none_is_refused(
    client: Client, place: Place, operations: Value
) -> None:
    old = await client.create(place.all, gadget("one", text="a", tags=["x"]))

    answer = await client.ask("PATCH", place.one("one"), operations, media=JSON_PATCH)
    now = await client.get(place.one("one"))

    if operations != [{"op": "remove", "path": "/metadata"}]:
        assert 400 <= answer.code < 500, answer.body
    assert now.metadata["uid"] == old.metadata["uid"]
    assert now.body["spec"] == old.body["spec"]


async def test_a_body_that_is_too_large_is_not_read(client: Client, place: Place) -> None:
    body = gadget("one", text="x" * 4_000_000)

    answer = await client.create(place.all, body)

    assert (answer.code, answer.body["reason"]) == (413, "RequestEntityTooLarge")


async def test_broken_queries_and_options_are_refused(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one"))

    for query in (
        *({"limit": "x"}, {"resourceVersion": "x"}, {"fieldSelector": "nonsense"}),
        *({"watch": "true", "resourceVersion": "-1"}, {"watch": "true", "timeoutSeconds": "x"}),
        {"continue": "e30="},
    ):
        assert (await client.get(place.all, **query)).code == 400, query
    assert (await client.ask("DELETE", place.one("one"), b"[]")).code == 400
    assert (await client.merge(place.one("one"), {}, fieldValidation="Odd")).code >= 400
    protobuf = await client.ask(
        *("POST", place.core("configmaps"), b"k8s\x00\xff\xff"),
        media="application/vnd.kubernetes.protobuf",
    )
    assert 400 <= protobuf.code < 500
