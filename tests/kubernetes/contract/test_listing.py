"""Lists: pages of one moment, labels, fields."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Answer, Client
from support.kubernetes.gadget import gadget, gadgets
from support.kubernetes.server import ApiServer

pytestmark = pytest.mark.anyio


def names(answer: Answer) -> list[str]:
    return [each["metadata"]["name"] for each in answer.body["items"]]


async def filled(client: Client, place: Place) -> None:
    for number in range(5):
        labels = {"parity": "even" if number % 2 == 0 else "odd", f"is-{number}": "yes"}
        await client.create(place.all, gadget(f"g{number}", {"labels": labels}))


async def test_a_list_has_a_kind_a_version_and_an_order(client: Client, place: Place) -> None:
    await filled(client, place)

    answer = await client.get(place.all)

    assert answer.body["kind"] == "GadgetList"
    assert int(answer.metadata["resourceVersion"]) > 0
    assert names(answer) == ["g0", "g1", "g2", "g3", "g4"]


async def test_a_list_of_all_namespaces_has_them_all(client: Client, place: Place) -> None:
    await filled(client, place)
    outside = gadget("outside")
    await client.create(gadgets("default"), outside)

    answer = await client.get(gadgets())
    await client.delete(gadgets("default") + "/outside")

    found = {
        (each["metadata"]["namespace"], each["metadata"]["name"]) for each in answer.body["items"]
    }
    assert {("default", "outside"), (place.namespace, "g0")} <= found


async def test_pages_show_one_moment(client: Client, place: Place) -> None:
    await filled(client, place)

    first = await client.get(place.all, limit=2)
    await client.delete(place.one("g3"))
    await client.create(place.all, gadget("g2-later"))
    await client.merge(place.one("g4"), {"spec": {"text": "later"}})
    second = await client.get(place.all, limit=2, **{"continue": first.metadata["continue"]})
    third = await client.get(place.all, limit=2, **{"continue": second.metadata["continue"]})

    assert names(first) + names(second) + names(third) == ["g0", "g1", "g2", "g3", "g4"]
    assert first.metadata["remainingItemCount"] == 3
    assert third.metadata["resourceVersion"] == first.metadata["resourceVersion"]
    assert "text" not in third.body["items"][0].get("spec", {})
    assert not third.metadata.get("continue")


async def test_pages_that_are_too_old_are_gone(
    client: Client, place: Place, double: ApiServer
) -> None:
    await filled(client, place)
    first = await client.get(place.all, limit=2)
    await client.delete(place.one("g3"))

    double.cluster.store.compact()
    answer = await client.get(place.all, limit=2, **{"continue": first.metadata["continue"]})

    assert (answer.code, answer.body["reason"]) == (410, "Expired")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("parity=even", ["g0", "g2", "g4"]),
        ("parity==odd", ["g1", "g3"]),
        ("parity!=even", ["g1", "g3"]),
        ("parity in (odd, none)", ["g1", "g3"]),
        ("parity notin (odd)", ["g0", "g2", "g4"]),
        ("is-3", ["g3"]),
        ("!is-3,parity=odd", ["g1"]),
        ("nothing=here", []),
    ],
)
async def test_labels_select(
    client: Client, place: Place, selector: str, expected: list[str]
) -> None:
    await filled(client, place)

    assert names(await client.get(place.all, labelSelector=selector)) == expected


async def test_names_are_the_only_fields_of_custom_kinds_that_select(
    client: Client, place: Place
) -> None:
    await filled(client, place)

    one = await client.get(place.all, fieldSelector="metadata.name=g2")
    others = await client.get(place.all, fieldSelector="metadata.name!=g2")
    refused = await client.get(place.all, fieldSelector="spec.size=3")

    assert names(one) == ["g2"]
    assert names(others) == ["g0", "g1", "g3", "g4"]
    assert (refused.code, refused.body["reason"]) == (400, "BadRequest")


async def test_broken_selectors_and_tokens_are_refused(client: Client, place: Place) -> None:
    assert (await client.get(place.all, labelSelector="a in b")).code == 400
    assert (await client.get(place.all, **{"continue": "nonsense"})).code == 400


async def test_events_are_selected_by_what_they_are_about(client: Client, place: Place) -> None:
    for name in ("one", "two"):
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}.1"},
            "involvedObject": {
                "apiVersion": "contract.zester.dev/v1",
                "kind": "Gadget",
                "name": name,
                "namespace": place.namespace,
            },
            "reason": "Tried",
            "message": "as usual",
            "type": "Normal",
        }
        assert (await client.create(place.core("events"), body)).code == 201

    answer = await client.get(place.core("events"), fieldSelector="involvedObject.name=two")

    assert names(answer) == ["two.1"]


async def test_a_list_of_the_future_times_out(client: Client, place: Place) -> None:
    now = int((await client.get(place.all)).metadata["resourceVersion"])

    answer = await client.get(place.all, resourceVersion=now + 1_000_000)

    assert (answer.code, answer.body["reason"]) == (504, "Timeout")


async def test_a_list_of_an_exact_moment_shows_it(client: Client, place: Place) -> None:
    await filled(client, place)
    then = (await client.get(place.all)).metadata["resourceVersion"]
    await client.delete(place.one("g0"))

    answer = await client.get(place.all, resourceVersion=then, resourceVersionMatch="Exact")

    assert names(answer) == ["g0", "g1", "g2", "g3", "g4"]
