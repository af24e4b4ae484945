"""Server-side apply: who owns which field, and what happens between owners."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import condition, gadget
from support.kubernetes.objects.json_value import Json

pytestmark = pytest.mark.anyio


def status(name: str, *conditions: Json, **more: object) -> Json:
    found = {"conditions": list(conditions), **more} if conditions else more
    return {**gadget(name), "status": found}


def conditions(thing: Json) -> dict[str, str]:
    assert thing["kind"] == "Gadget", thing
    return {each["type"]: each["status"] for each in thing["status"].get("conditions", [])}


async def test_applying_what_is_not_there_makes_it(client: Client, place: Place) -> None:
    answer = await client.apply(place.one("one"), gadget("one", text="a"), manager="us")

    assert answer.code == 201
    assert answer.metadata["generation"] == 1
    [entry] = answer.metadata["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("us", "Apply")
    assert entry["fieldsV1"] == {"f:spec": {"f:text": {}}}


async def test_an_object_that_is_gone_is_never_made_again_by_its_uid(
    client: Client, place: Place
) -> None:
    old = await client.create(place.all, gadget("one", text="a"))
    await client.delete(place.one("one"))
    ours = gadget("one", {"uid": old.metadata["uid"], "finalizers": ["contract.zester.dev/us"]})

    gone = await client.apply(place.one("one"), ours, manager="us")
    gone_status = await client.apply(place.status("one"), status("one", seen="us"), manager="us")

    assert gone.code == 409
    assert gone_status.code == 404
    assert (await client.get(place.one("one"))).code == 404


async def test_the_uid_of_a_former_object_is_a_conflict(client: Client, place: Place) -> None:
    old = await client.create(place.all, gadget("one", text="a"))
    await client.delete(place.one("one"))
    await client.create(place.all, gadget("one", text="a"))
    ours = gadget("one", {"uid": old.metadata["uid"]})

    answer = await client.apply(
        place.status("one"), {**ours, "status": {"seen": "us"}}, manager="us", force="true"
    )

    assert answer.code == 409


async def test_two_managers_keep_a_condition_each(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a"))

    await client.apply(place.status("one"), status("one", condition("Ready")), manager="us")
    both = await client.apply(place.status("one"), status("one", condition("Other")), manager="you")
    mine = await client.apply(
        place.status("one"), status("one", condition("Stalled")), manager="us"
    )

    assert conditions(both.body) == {"Ready": "True", "Other": "True"}
    assert conditions(mine.body) == {"Stalled": "True", "Other": "True"}
    assert mine.body["status"]["observedGeneration"] == -1


async def test_the_same_again_keeps_the_version(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a"))
    ours = status("one", condition("Ready", reason="Fine"), observedGeneration=1)

    first = await client.apply(place.status("one"), ours, manager="us", force="true")
    second = await client.apply(place.status("one"), ours, manager="us", force="true")

    assert second.code == 200
    assert second.metadata["resourceVersion"] == first.metadata["resourceVersion"]


async def test_a_field_of_another_manager_is_a_conflict_that_names_it(
    client: Client, place: Place
) -> None:
    await client.apply(place.one("one"), gadget("one", text="a", mode="on"), manager="you")

    refused = await client.apply(place.one("one"), gadget("one", text="b"), manager="us")
    agreed = await client.apply(place.one("one"), gadget("one", text="a"), manager="us")
    forced = await client.apply(
        place.one("one"), gadget("one", text="b"), manager="us", force="true"
    )

    assert (refused.code, refused.body["reason"]) == (409, "Conflict")
    assert 'conflict with "you"' in refused.body["message"]
    assert refused.causes == [("FieldManagerConflict", ".spec.text")]
    assert agreed.code == 200
    assert forced.body["spec"] == {"text": "b", "mode": "on", "size": 3}
    entries = {each["manager"]: each["fieldsV1"] for each in forced.metadata["managedFields"]}
    assert entries["you"] == {"f:spec": {"f:mode": {}}}
    assert entries["us"] == {"f:spec": {"f:text": {}}}


async def test_a_condition_of_another_manager_is_a_conflict(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", text="a"))
    await client.apply(place.status("one"), status("one", condition("Ready")), manager="you")

    answer = await client.apply(
        place.status("one"), status("one", condition("Ready", "False")), manager="us"
    )

    assert answer.code == 409
    assert '.status.conditions[type="Ready"].status' in answer.body["message"]


async def test_what_is_not_applied_any_more_goes_unless_another_owns_it(
    client: Client, place: Place
) -> None:
    both = gadget("one", text="a", free={"mine": 1, "ours": 2}, tags=["mine", "ours"])
    await client.apply(place.one("one"), both, manager="us")
    await client.apply(
        place.one("one"), gadget("one", free={"ours": 2}, tags=["ours"]), manager="you"
    )

    answer = await client.apply(place.one("one"), gadget("one", text="a"), manager="us")

    assert answer.body["spec"] == {
        "text": "a",
        "size": 3,
        "free": {"ours": 2},
        "tags": ["ours"],
    }


async def test_our_finalizer_stands_beside_others(client: Client, place: Place) -> None:
    await client.create(
        place.all, gadget("one", {"finalizers": ["contract.zester.dev/you"]}, text="a")
    )
    ours = gadget("one", {"finalizers": ["contract.zester.dev/us"]})

    added = await client.apply(place.one("one"), ours, manager="us")
    await client.delete(place.one("one"))
    removed = await client.apply(place.one("one"), gadget("one"), manager="us")

    assert sorted(added.metadata["finalizers"]) == [
        "contract.zester.dev/us",
        "contract.zester.dev/you",
    ]
    assert added.metadata["generation"] == 1
    assert removed.code == 200
    assert removed.metadata["finalizers"] == ["contract.zester.dev/you"]
    last = await client.merge(place.one("one"), {"metadata": {"finalizers": None}})
    assert last.code == 200
    assert (await client.get(place.one("one"))).code == 404


async def test_the_last_finalizer_ends_a_deletion(client: Client, place: Place) -> None:
    ours = gadget("one", {"finalizers": ["contract.zester.dev/us"]})
    await client.apply(place.one("one"), ours, manager="us")
    await client.delete(place.one("one"))

    answer = await client.apply(place.one("one"), gadget("one"), manager="us")

    assert answer.code == 200
    assert "finalizers" not in answer.metadata
    assert (await client.get(place.one("one"))).code == 404


async def test_an_update_takes_fields_from_who_applied_them(client: Client, place: Place) -> None:
    await client.apply(place.one("one"), gadget("one", text="a", mode="on"), manager="us")

    await client.merge(place.one("one"), {"spec": {"text": "b"}}, fieldManager="you")
    answer = await client.apply(place.one("one"), gadget("one", text="a", mode="on"), manager="us")

    assert answer.code == 409
    assert 'conflict with "you"' in answer.body["message"]


async def test_status_and_object_are_owned_apart(client: Client, place: Place) -> None:
    whole = {**gadget("one", text="a"), "status": {"seen": "ignored"}}
    await client.apply(place.one("one"), whole, manager="us")
    mixed = {**gadget("one", text="ignored"), "status": {"seen": "us"}}

    answer = await client.apply(place.status("one"), mixed, manager="us")

    assert answer.body["spec"]["text"] == "a"
    assert answer.body["status"]["seen"] == "us"
    entries = {
        (each["manager"], each.get("subresource", "")): each["fieldsV1"]
        for each in answer.metadata["managedFields"]
    }
    assert entries["us", ""] == {"f:spec": {"f:text": {}}}
    assert entries["us", "status"] == {"f:status": {"f:seen": {}}}


async def test_applying_needs_a_manager_and_no_managed_fields(client: Client, place: Place) -> None:
    media = "application/apply-patch+yaml"
    nobody = await client.ask("PATCH", place.one("one"), gadget("one"), media=media)
    fields = gadget("one", {"managedFields": [{"manager": "us"}]})

    assert 400 <= nobody.code < 500
    assert (await client.apply(place.one("one"), fields, manager="us")).code == 400


async def test_applying_takes_yaml(client: Client, place: Place) -> None:
    body = b"apiVersion: contract.zester.dev/v1\nkind: Gadget\nmetadata: {name: one}\n"

    answer = await client.ask(
        "PATCH",
        place.one("one"),
        body + b"spec: {text: a}\n",
        media="application/apply-patch+yaml",
        query={"fieldManager": "us"},
    )

    assert answer.code == 201
    assert answer.body["spec"]["text"] == "a"
