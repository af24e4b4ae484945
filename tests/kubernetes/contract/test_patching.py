"""Merge patches, JSON patches, and the strategic ones of built-in kinds."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget

pytestmark = pytest.mark.anyio

STRATEGIC = "application/strategic-merge-patch+json"


async def test_a_merge_patch_sets_and_takes_away(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a", mode="on", free={"a": 1, "b": 2}))

    answer = await client.merge(
        place.one("one"), {"spec": {"mode": None, "free": {"a": None, "c": 3}}}
    )

    assert answer.code == 200
    assert answer.body["spec"] == {"text": "a", "size": 3, "free": {"b": 2, "c": 3}}
    assert answer.metadata["generation"] == 2


async def test_a_patch_that_changes_nothing_is_no_change(client: Client, place: Place) -> None:
    old = (await client.create(place.all, gadget("one", text="a"))).metadata

    answer = await client.merge(place.one("one"), {"spec": {"text": "a"}})

    assert answer.code == 200
    assert answer.metadata["resourceVersion"] == old["resourceVersion"]


async def test_a_stale_version_in_a_merge_patch_is_a_conflict(client: Client, place: Place) -> None:
    old = (await client.create(place.all, gadget("one", text="a"))).metadata
    await client.merge(place.one("one"), {"spec": {"text": "b"}})

    stale = {"metadata": {"resourceVersion": old["resourceVersion"]}, "spec": {"text": "c"}}
    answer = await client.merge(place.one("one"), stale)

    assert (answer.code, answer.body["reason"]) == (409, "Conflict")


async def test_a_merge_patch_of_the_status_leaves_the_rest(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a"))

    answer = await client.merge(
        place.status("one"), {"spec": {"text": "b"}, "status": {"seen": "me"}}
    )

    assert answer.body["spec"]["text"] == "a"
    assert answer.body["status"] == {"observedGeneration": -1, "seen": "me"}


async def test_the_status_through_the_object_is_silently_ignored(
    client: Client, place: Place
) -> None:
    old = (await client.create(place.all, gadget("one", text="a"))).metadata

    answer = await client.merge(place.one("one"), {"status": {"seen": "me"}})

    assert answer.code == 200
    assert answer.metadata["resourceVersion"] == old["resourceVersion"]


async def test_a_json_patch_adds_tests_replaces_and_removes(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a", mode="on", tags=["x"]))

    answer = await client.operate(
        place.one("one"),
        [
            {"op": "test", "path": "/spec/text", "value": "a"},
            {"op": "replace", "path": "/spec/text", "value": "b"},
            {"op": "add", "path": "/spec/tags/-", "value": "y"},
            {"op": "remove", "path": "/spec/mode"},
        ],
    )

    assert answer.code == 200
    assert answer.body["spec"] == {"text": "b", "size": 3, "tags": ["x", "y"]}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/text", "value": "other"},
        {"op": "test", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "remove", "path": "/spec/nothing"},
        {"op": "replace", "path": "/spec/nothing", "value": 1},
    ],
)
async def test_a_json_patch_that_does_not_fit_is_invalid(
    client: Client, place: Place, operation: dict[str, object]
) -> None:
    await client.create(place.all, gadget("one", text="a"))

    answer = await client.operate(
        place.one("one"), [operation, {"op": "add", "path": "/spec/mode", "value": "on"}]
    )

    assert (answer.code, answer.body["reason"]) == (422, "Invalid")
    assert "mode" not in (await client.get(place.one("one"))).body["spec"]


async def test_custom_kinds_take_no_strategic_patch(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a"))

    answer = await client.ask("PATCH", place.one("one"), {"spec": {}}, media=STRATEGIC)

    assert (answer.code, answer.body["reason"]) == (415, "UnsupportedMediaType")


async def test_built_in_kinds_merge_lists_by_their_keys(client: Client, place: Place) -> None:
    path = f"/apis/apps/v1/namespaces/{place.namespace}/deployments"
    containers = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "one"},
        "spec": {
            "selector": {"matchLabels": {"app": "a"}},
            "template": {
                "metadata": {"labels": {"app": "a"}},
                "spec": {"containers": containers},
            },
        },
    }
    assert (await client.create(path, body)).code == 201
    changes = [{"name": "a", "image": "a:2"}, {"$patch": "delete", "name": "b"}]

    answer = await client.ask(
        "PATCH",
        f"{path}/one",
        {"spec": {"template": {"spec": {"containers": changes}}}},
        media=STRATEGIC,
    )

    assert answer.code == 200
    found = answer.body["spec"]["template"]["spec"]["containers"]
    assert [(each["name"], each["image"]) for each in found] == [("a", "a:2")]


async def test_a_missing_object_is_not_found(client: Client, place: Place) -> None:
    answer = await client.merge(place.one("one"), {"spec": {"text": "a"}})

    assert (answer.code, answer.body["reason"]) == (404, "NotFound")
    assert answer.body["details"]["kind"] == "gadgets"


async def test_broken_patches_are_bad_requests(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a"))
    merge = "application/merge-patch+json"

    assert (await client.ask("PATCH", place.one("one"), b"{", media=merge)).code == 400
    assert (await client.ask("PATCH", place.one("one"), {"a": 1}, media="text/plain")).code == 415
