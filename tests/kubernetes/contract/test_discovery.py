"""What a server tells of itself."""

from __future__ import annotations

import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.objects.json_value import Json

pytestmark = pytest.mark.anyio

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


def named(entries: list[Json], name: str, key: str = "name") -> Json:
    return next(entry for entry in entries if entry.get(key) == name)


async def test_groups_and_versions_are_listed(client: Client) -> None:
    core = await client.get("/api")
    groups = await client.get("/apis")
    group = await client.get("/apis/contract.zester.dev")

    assert core.body["versions"] == ["v1"]
    ours = named(groups.body["groups"], "contract.zester.dev")
    assert ours["preferredVersion"] == {
        "groupVersion": "contract.zester.dev/v1",
        "version": "v1",
    }
    assert group.body["kind"] == "APIGroup"
    assert group.body["versions"] == ours["versions"]


async def test_a_version_lists_its_kinds_with_names_and_verbs(client: Client) -> None:
    answer = await client.get("/apis/contract.zester.dev/v1")

    found = named(answer.body["resources"], "gadgets")
    assert answer.body["groupVersion"] == "contract.zester.dev/v1"
    assert found["kind"] == "Gadget"
    assert found["namespaced"] is True
    assert found["singularName"] == "gadget"
    assert found["shortNames"] == ["gdg"]
    assert found["categories"] == ["contract"]
    assert {"create", "delete", "get", "list", "patch", "update", "watch"} <= set(found["verbs"])
    assert named(answer.body["resources"], "gadgets/status")["kind"] == "Gadget"


async def test_core_kinds_are_there(client: Client) -> None:
    answer = await client.get("/api/v1")

    assert {"namespaces", "secrets", "configmaps", "events", "serviceaccounts"} <= {
        each["name"] for each in answer.body["resources"]
    }


async def test_everything_is_told_at_once_to_who_can_read_it(client: Client) -> None:
    answer = await client.ask("GET", "/apis", accept=AGGREGATED + ",application/json")

    assert answer.body["kind"] == "APIGroupDiscoveryList"
    ours = next(
        each for each in answer.body["items"] if each["metadata"]["name"] == "contract.zester.dev"
    )
    found = named(ours["versions"][0]["resources"], "gadgets", "resource")
    assert found["scope"] == "Namespaced"
    assert found["responseKind"]["kind"] == "Gadget"
    assert found["subresources"][0]["subresource"] == "status"


async def test_schemas_are_told(client: Client) -> None:
    index = await client.get("/openapi/v3")
    path = index.body["paths"]["apis/contract.zester.dev/v1"]["serverRelativeURL"]
    answer = await client.get(path)

    schema = answer.body["components"]["schemas"]["dev.zester.contract.v1.Gadget"]
    assert schema["properties"]["spec"]["properties"]["size"]["default"] == 3


async def test_the_server_is_well_and_has_a_version(client: Client) -> None:
    version = await client.get("/version")

    assert version.body["major"] == "1"
    assert version.body["gitVersion"].startswith("v1.")
    assert (await client.get("/readyz")).code == 200
    assert (await client.get("/livez")).code == 200


async def test_what_is_not_there_is_not_found(client: Client, place: Place) -> None:
    for path in (
        *("/apis/nothing.zester.dev", "/apis/nothing.zester.dev/v1/things"),
        *("/apis/contract.zester.dev/v9/gadgets", place.all.replace("gadgets", "gizmos")),
        *("/nothing", place.one("one") + "/scale"),
    ):
        answer = await client.get(path)
        assert answer.code == 404, path


async def test_methods_that_fit_nothing_are_not_allowed(client: Client, place: Place) -> None:
    assert (await client.ask("PUT", place.all, {})).code == 405
    assert (await client.ask("POST", place.one("one"), {})).code == 405


async def test_people_get_a_table(client: Client, place: Place) -> None:
    body = {
        "apiVersion": "contract.zester.dev/v1",
        "kind": "Gadget",
        "metadata": {"name": "one"},
        "spec": {"mode": "on"},
    }
    await client.create(place.all, body)
    ready = {
        "conditions": [{"type": "Other", "status": "False"}, {"type": "Ready", "status": "True"}]
    }
    await client.merge(place.status("one"), {"status": ready})

    answer = await client.ask(
        "GET", place.all, accept="application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    )

    assert answer.body["kind"] == "Table"
    columns = [(each["name"], each["priority"]) for each in answer.body["columnDefinitions"]]
    assert columns == [("Name", 0), ("Size", 0), ("Ready", 0), ("Mode", 1), ("Age", 0)]
    [row] = answer.body["rows"]
    assert row["cells"][:4] == ["one", 3, "True", "on"]
    assert row["cells"][4].endswith("s")
    assert row["object"]["kind"] == "PartialObjectMetadata"
