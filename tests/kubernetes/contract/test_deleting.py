"""Deletions: at once, or when the last finalizer is gone."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget
from support.kubernetes.objects.json_value import Json

pytestmark = pytest.mark.anyio

HELD = "contract.zester.dev/held"


def config_map(name: str, owner: Json | None = None) -> Json:
    metadata: Json = {"name": name}
    if owner is not None:
        metadata["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
            }
        ]
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


async def test_without_finalizers_an_object_is_gone_at_once(client: Client, place: Place) -> None:
    made = await client.create(place.all, gadget("one"))

    answer = await client.delete(place.one("one"))

    assert answer.code == 200
    assert answer.body["kind"] == "Status"
    assert answer.body["status"] == "Success"
    assert answer.body["details"]["uid"] == made.metadata["uid"]
    assert (await client.get(place.one("one"))).code == 404
    assert (await client.delete(place.one("one"))).code == 404


async def test_with_finalizers_an_object_waits(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", {"finalizers": [HELD]}, text="a"))

    first = await client.delete(place.one("one"))
    second = await client.delete(place.one("one"))

    assert first.code == 200
    assert first.body["kind"] == "Gadget"
    assert first.metadata["deletionTimestamp"]
    assert first.metadata["deletionGracePeriodSeconds"] == 0
    assert first.metadata["generation"] == 2
    assert second.metadata["resourceVersion"] == first.metadata["resourceVersion"]
    await client.merge(place.one("one"), {"metadata": {"finalizers": None}})


async def test_a_deletion_takes_no_new_finalizer_but_changes_of_the_spec(
    client: Client, place: Place
) -> None:
    await client.create(place.all, gadget("one", {"finalizers": [HELD]}, text="a"))
    await client.delete(place.one("one"))

    more = await client.merge(
        place.one("one"), {"metadata": {"finalizers": [HELD, "contract.zester.dev/new"]}}
    )
    spec = await client.merge(place.one("one"), {"spec": {"text": "b"}})

    assert (more.code, more.body["reason"]) == (422, "Invalid")
    assert ("FieldValueForbidden", "metadata.finalizers") in more.causes
    assert spec.code == 200
    assert spec.metadata["generation"] == 3
    await client.merge(place.one("one"), {"metadata": {"finalizers": None}})


async def test_the_last_finalizer_removed_ends_it(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", {"finalizers": [HELD]}))
    await client.delete(place.one("one"))

    answer = await client.merge(place.one("one"), {"metadata": {"finalizers": []}})

    assert answer.code == 200
    assert answer.body["kind"] == "Gadget"
    assert (await client.get(place.one("one"))).code == 404


async def test_a_finalizer_removed_before_does_not_delete(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", {"finalizers": [HELD]}))

    await client.merge(place.one("one"), {"metadata": {"finalizers": None}})

    assert (await client.get(place.one("one"))).code == 200


async def test_preconditions_have_to_hold(client: Client, place: Place) -> None:
    made = await client.create(place.all, gadget("one"))
    other = {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}}
    ours = {"preconditions": {"uid": made.metadata["uid"]}}

    assert (await client.delete(place.one("one"), other)).code == 409
    assert (await client.delete(place.one("one"), ours)).code == 200


def part(number: int, content: bytes) -> bytes:
    """Return a short field of a protobuf message."""
    return bytes([number << 3 | 2, len(content)]) + content


async def test_options_come_in_protobuf_as_well(client: Client, place: Place) -> None:
    made = await client.create(place.core("configmaps"), config_map("one"))
    kind = part(1, part(1, b"v1") + part(2, b"DeleteOptions"))

    async def delete(uid: str) -> int:
        options = part(2, part(2, part(1, uid.encode())))
        answer = await client.ask(
            *("DELETE", place.core("configmaps", "one"), b"k8s\x00" + kind + options),
            media="application/vnd.kubernetes.protobuf",
        )
        return answer.code

    assert await delete("00000000-0000-0000-0000-000000000000") == 409
    assert await delete(made.metadata["uid"]) == 200


async def test_a_dry_run_deletes_nothing(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one"))

    assert (await client.delete(place.one("one"), dryRun="All")).code == 200
    assert (await client.get(place.one("one"))).code == 200


async def test_all_objects_with_a_label_are_deleted(client: Client, place: Place) -> None:
    await client.create(place.all, gadget("one", {"labels": {"a": "b"}}))
    await client.create(place.all, gadget("two"))

    answer = await client.delete(place.all, labelSelector="a=b")

    assert answer.code == 200
    left = await client.get(place.all)
    assert [each["metadata"]["name"] for each in left.body["items"]] == ["two"]


async def test_what_an_object_owned_goes_after_it(client: Client, place: Place) -> None:
    owner = await client.create(place.all, gadget("one"))
    await client.create(place.core("configmaps"), config_map("owned", owner.body))
    await client.create(place.core("configmaps"), config_map("free"))

    async with client.watch(
        place.core("configmaps"), fieldSelector="metadata.name=owned", timeoutSeconds=60
    ) as events:
        await client.delete(place.one("one"))
        async for event in events:
            if event["type"] == "DELETED":
                break

    assert (await client.get(place.core("configmaps", "owned"))).code == 404
    assert (await client.get(place.core("configmaps", "free"))).code == 200


async def test_what_an_object_owned_may_stay(client: Client, place: Place) -> None:
    owner = await client.create(place.all, gadget("one"))
    await client.create(place.core("configmaps"), config_map("owned", owner.body))

    async with client.watch(place.all, timeoutSeconds=60) as events:
        await client.delete(place.one("one"), {"propagationPolicy": "Orphan"})
        async for event in events:
            if event["type"] == "DELETED":
                break

    left = await client.get(place.core("configmaps", "owned"))
    assert left.code == 200
    assert not left.metadata.get("ownerReferences")


async def test_a_namespace_takes_everything_with_it_but_waits_for_finalizers(
    client: Client, place: Place
) -> None:
    path = f"/api/v1/namespaces/{place.namespace}"
    await client.create(place.all, gadget("held", {"finalizers": [HELD]}))
    await client.create(place.all, gadget("free"))

    async with client.watch(
        "/api/v1/namespaces",
        fieldSelector=f"metadata.name={place.namespace}",
        timeoutSeconds=60,
    ) as events:
        answer = await client.delete(path)
        async with client.watch(place.all, timeoutSeconds=60) as inside:
            async for event in inside:
                if "deletionTimestamp" in event["object"]["metadata"]:
                    break
        refused = await client.create(place.all, gadget("new"))
        waiting = await client.get(path)
        await client.merge(place.one("held"), {"metadata": {"finalizers": None}})
        async for event in events:
            if event["type"] == "DELETED":
                break

    assert answer.code == 200
    assert waiting.body["status"]["phase"] == "Terminating"
    assert refused.code == 403
    assert "NamespaceTerminating" in [reason for reason, _ in refused.causes]
    assert (await client.get(path)).code == 404
