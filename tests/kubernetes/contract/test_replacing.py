"""PUT: whole objects, and the two halves an object has."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import condition, gadget
from support.kubernetes.objects.json_value import Json, Value

pytestmark = pytest.mark.anyio


async def made(client: Client, place: Place, **spec: Value) -> Json:
    answer = await client.create(place.all, gadget("one", **spec))
    assert answer.code == 201
    return answer.body


async def test_a_change_of_the_spec_counts_the_generation_up(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")

    answer = await client.put(place.one("one"), {**old, "spec": {"text": "b"}})

    assert answer.code == 200
    assert answer.metadata["generation"] == 2
    assert answer.metadata["resourceVersion"] != old["metadata"]["resourceVersion"]
    assert answer.body["spec"] == {"text": "b", "size": 3}


async def test_a_change_of_labels_annotations_or_finalizers_does_not(
    client: Client, place: Place
) -> None:
    old = await made(client, place, text="a")
    metadata = {
        **old["metadata"],
        "labels": {"a": "b"},
        "annotations": {"c": "d"},
        "finalizers": ["contract.zester.dev/held"],
    }

    answer = await client.put(place.one("one"), {**old, "metadata": metadata})
    await client.merge(place.one("one"), {"metadata": {"finalizers": []}})

    assert answer.code == 200
    assert answer.metadata["generation"] == 1
    assert answer.metadata["labels"] == {"a": "b"}


async def test_the_same_again_changes_nothing(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")

    answer = await client.put(place.one("one"), old)

    assert answer.code == 200
    assert answer.metadata["resourceVersion"] == old["metadata"]["resourceVersion"]


async def test_a_stale_version_is_a_conflict(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")
    await client.merge(place.one("one"), {"spec": {"text": "b"}})

    answer = await client.put(place.one("one"), {**old, "spec": {"text": "c"}})

    assert (answer.code, answer.body["reason"]) == (409, "Conflict")
    assert "the object has been modified" in answer.body["message"]
    assert (await client.get(place.one("one"))).body["spec"]["text"] == "b"


async def test_without_a_version_it_is_refused(client: Client, place: Place) -> None:
    await made(client, place, text="a")

    answer = await client.put(place.one("one"), gadget("one", text="b"))

    assert (answer.code, answer.body["reason"]) == (422, "Invalid")
    assert ("FieldValueInvalid", "metadata.resourceVersion") in answer.causes


async def test_the_status_is_not_written_through_the_object(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")

    answer = await client.put(place.one("one"), {**old, "status": {"seen": "me"}})

    assert answer.code == 200
    assert answer.metadata["resourceVersion"] == old["metadata"]["resourceVersion"]
    assert answer.body["status"] == {"observedGeneration": -1}


async def test_only_the_status_is_written_through_the_status(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")
    body = {
        **old,
        "metadata": {**old["metadata"], "labels": {"a": "b"}},
        "spec": {"text": "changed"},
        "status": {"seen": "me", "observedGeneration": 1},
    }

    answer = await client.put(place.status("one"), body)

    assert answer.code == 200
    assert answer.body["status"] == {"seen": "me", "observedGeneration": 1}
    assert answer.body["spec"]["text"] == "a"
    assert "labels" not in answer.metadata
    assert answer.metadata["generation"] == 1


async def test_a_wrong_status_is_refused(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")
    twice = [condition("Ready"), condition("Ready", "False")]

    answer = await client.put(place.status("one"), {**old, "status": {"conditions": twice}})

    assert answer.code == 422
    assert ("FieldValueDuplicate", "status.conditions[1]") in answer.causes


async def test_a_rule_compares_with_what_was_there(client: Client, place: Place) -> None:
    old = await made(client, place, fixed="a")

    answer = await client.put(place.one("one"), {**old, "spec": {"fixed": "b"}})

    assert answer.code == 422
    assert ("FieldValueInvalid", "spec.fixed") in answer.causes
    assert "is fixed" in answer.body["message"]


async def test_what_is_not_there_is_not_made(client: Client, place: Place) -> None:
    body = gadget("one", {"resourceVersion": "1"}, text="a")

    answer = await client.put(place.one("one"), body)

    assert (answer.code, answer.body["reason"]) == (404, "NotFound")


async def test_the_servers_part_of_the_metadata_stays(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")
    metadata = {**old["metadata"], "generation": 77, "creationTimestamp": "2001-01-01T00:00:00Z"}

    answer = await client.put(place.one("one"), {**old, "metadata": metadata})

    assert answer.code == 200
    assert answer.metadata["generation"] == 1
    assert answer.metadata["creationTimestamp"] == old["metadata"]["creationTimestamp"]


async def test_another_uid_or_name_is_refused(client: Client, place: Place) -> None:
    old = await made(client, place, text="a")
    other = {**old["metadata"], "uid": "00000000-0000-0000-0000-000000000000"}
    named = {**old["metadata"], "name": "two"}

    assert (await client.put(place.one("one"), {**old, "metadata": other})).code == 409
    assert (await client.put(place.one("one"), {**old, "metadata": named})).code == 400
