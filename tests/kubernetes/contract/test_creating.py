"""What a server does with a new object."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget

pytestmark = pytest.mark.anyio


async def test_a_new_object_gets_identity_generation_and_defaults(
    client: Client, place: Place
) -> None:
    answer = await client.create(place.all, gadget("one", text="a"))

    assert answer.code == 201
    assert answer.metadata["uid"]
    assert answer.metadata["creationTimestamp"].endswith("Z")
    assert answer.metadata["resourceVersion"]
    assert answer.metadata["generation"] == 1
    assert answer.metadata["namespace"] == place.namespace
    assert answer.body["spec"] == {"text": "a", "size": 3}


async def test_the_status_of_a_body_is_dropped_and_defaulted(client: Client, place: Place) -> None:
    body = {**gadget("one", text="a"), "status": {"seen": "me"}}

    answer = await client.create(place.all, body)

    assert answer.body["status"] == {"observedGeneration": -1}


async def test_unknown_fields_are_pruned_with_a_warning(client: Client, place: Place) -> None:
    body = gadget("one", text="a", strange=1, free={"kept": {"deep": True}})

    answer = await client.create(place.all, body)

    assert answer.code == 201
    assert answer.body["spec"] == {"text": "a", "size": 3, "free": {"kept": {"deep": True}}}
    assert answer.warnings == ('299 - "unknown field \\"spec.strange\\""',)


async def test_strict_validation_refuses_unknown_fields(client: Client, place: Place) -> None:
    body = gadget("one", strange=1)

    answer = await client.create(place.all, body, fieldValidation="Strict")

    assert (answer.code, answer.body["reason"]) == (400, "BadRequest")
    assert 'unknown field "spec.strange"' in answer.body["message"]
    assert (await client.get(place.one("one"))).code == 404


async def test_what_exists_is_not_made_again_not_even_while_it_is_deleted(
    client: Client, place: Place
) -> None:
    held = gadget("one", {"finalizers": ["contract.zester.dev/held"]})
    await client.create(place.all, held)

    again = await client.create(place.all, gadget("one"))
    await client.delete(place.one("one"))
    meanwhile = await client.create(place.all, gadget("one"))
    await client.merge(place.one("one"), {"metadata": {"finalizers": None}})

    assert (again.code, again.body["reason"]) == (409, "AlreadyExists")
    assert again.body["message"] == 'gadgets.contract.zester.dev "one" already exists'
    assert (meanwhile.code, meanwhile.body["reason"]) == (409, "AlreadyExists")
    assert (await client.create(place.all, gadget("one"))).code == 201


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        (gadget("One_Bad"), "FieldValueInvalid", "metadata.name"),
        (gadget("one", text=1), "FieldValueTypeInvalid", "spec.text"),
        (gadget("one", size=-1), "FieldValueInvalid", "spec.size"),
        (gadget("one", mode="half"), "FieldValueNotSupported", "spec.mode"),
        (gadget("one", tags=["a", "a"]), "FieldValueDuplicate", "spec.tags[1]"),
        (gadget("one", {"labels": {"a": "b c"}}), "FieldValueInvalid", "metadata.labels"),
        (
            gadget("one", {"annotations": {"big": "x" * 300_000}}),
            *("FieldValueTooLong", "metadata.annotations"),
        ),
    ],
)
async def test_a_wrong_object_is_refused_with_the_place(
    client: Client, place: Place, body: dict[str, object], reason: str, field: str
) -> None:
    answer = await client.create(place.all, body)

    assert (answer.code, answer.body["reason"]) == (422, "Invalid")
    assert (reason, field) in answer.causes
    assert answer.body["details"]["kind"] == "Gadget"


async def test_a_name_is_made_up_for_a_prefix(client: Client, place: Place) -> None:
    body = gadget("x", text="a")
    body["metadata"] = {"generateName": "gen-"}

    answer = await client.create(place.all, body)

    assert answer.code == 201
    assert answer.metadata["name"].startswith("gen-")
    assert len(answer.metadata["name"]) == len("gen-") + 5


async def test_an_object_needs_its_namespace(client: Client, place: Place) -> None:
    path = place.all.replace(place.namespace, "nowhere-to-be-found")

    answer = await client.create(path, gadget("one"))

    assert answer.code == 404
    assert answer.body["message"] == 'namespaces "nowhere-to-be-found" not found'


async def test_an_object_of_another_namespace_or_kind_is_refused(
    client: Client, place: Place
) -> None:
    elsewhere = await client.create(place.all, gadget("one", {"namespace": "other"}))
    otherwise = await client.create(place.all, {**gadget("one"), "kind": "Gizmo"})
    nonsense = await client.ask("POST", place.all, b"{")

    assert elsewhere.code == 400
    assert otherwise.code == 400
    assert nonsense.code == 400


async def test_a_dry_run_leaves_nothing(client: Client, place: Place) -> None:
    answer = await client.create(place.all, gadget("one", text="a"), dryRun="All")

    assert answer.code == 201
    assert answer.body["spec"]["size"] == 3
    assert (await client.get(place.one("one"))).code == 404


async def test_an_object_above_what_etcd_takes_is_refused(client: Client, place: Place) -> None:
    body = gadget("one", text="x" * 900_000, free={"more": "x" * 900_000})

    answer = await client.create(place.all, body)

    assert answer.code >= 400
    assert "too large" in answer.body["message"]


async def test_a_secret_keeps_texts_as_data(client: Client, place: Place) -> None:
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "one"},
        "stringData": {"key": "value"},
    }

    answer = await client.create(place.core("secrets"), body)

    assert answer.code == 201
    assert answer.body["data"] == {"key": "dmFsdWU="}
    assert answer.body["type"] == "Opaque"
    assert "stringData" not in answer.body
    assert "generation" not in answer.metadata
