"""Custom kinds: served as long as their definition is there."""

from __future__ import annotations

import copy
import secrets
from collections.abc import AsyncIterator

import anyio
import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import DEFINITION, DEFINITIONS
from support.kubernetes.objects.json_value import Json, Value

pytestmark = pytest.mark.anyio

HELD = "contract.zester.dev/held"


def definition(plural: str, scope: str = "Namespaced") -> Json:
    """Return the definition of another kind in the same group."""
    found = copy.deepcopy(DEFINITION)
    found["metadata"]["name"] = f"{plural}.{found['spec']['group']}"
    names = {"plural": plural, "singular": plural[:-1], "kind": plural[:-1].title()}
    found["spec"] |= {"names": {**names, "listKind": names["kind"] + "List"}, "scope": scope}
    return found


@pytest.fixture
async def plural(client: Client) -> AsyncIterator[str]:
    """The plural of a kind of the test's own."""
    name = f"x{secrets.token_hex(3)}s"
    yield name
    await client.delete(f"{DEFINITIONS}/{name}.contract.zester.dev")


async def until(client: Client, path: str, code: int) -> None:
    with anyio.fail_after(30):
        while (await client.get(path)).code != code:  # noqa: ASYNC110 - no event tells
            await anyio.sleep(0.05)


async def test_a_definition_is_established_and_its_kind_is_served(
    client: Client, place: Place, plural: str
) -> None:
    path = f"/apis/contract.zester.dev/v1/namespaces/{place.namespace}/{plural}"
    assert (await client.get(path)).code == 404

    made = await client.create(DEFINITIONS, definition(plural))
    await until(client, path, 200)

    found = await client.get(f"{DEFINITIONS}/{plural}.contract.zester.dev")
    conditions = {each["type"]: each["status"] for each in found.body["status"]["conditions"]}
    assert made.code == 201
    assert conditions["Established"] == "True"
    assert conditions["NamesAccepted"] == "True"
    assert found.body["status"]["storedVersions"] == ["v1"]
    assert found.body["spec"]["conversion"] == {"strategy": "None"}


async def test_a_cluster_wide_kind_has_no_namespaces(
    client: Client, place: Place, plural: str
) -> None:
    path = f"/apis/contract.zester.dev/v1/{plural}"
    await client.create(DEFINITIONS, definition(plural, "Cluster"))
    await until(client, path, 200)
    body = {
        "apiVersion": "contract.zester.dev/v1",
        "kind": plural[:-1].title(),
        "metadata": {"name": "one"},
    }

    made = await client.create(path, body)
    spaced = await client.create(
        f"/apis/contract.zester.dev/v1/namespaces/{place.namespace}/{plural}", body
    )

    assert made.code == 201
    assert "namespace" not in made.metadata
    assert spaced.code == 404


async def test_a_deleted_definition_deletes_its_objects_first_and_runs_their_finalizers(
    client: Client, place: Place, plural: str
) -> None:
    path = f"/apis/contract.zester.dev/v1/namespaces/{place.namespace}/{plural}"
    of_kind = {"apiVersion": "contract.zester.dev/v1", "kind": plural[:-1].title()}
    await client.create(DEFINITIONS, definition(plural))
    await until(client, path, 200)
    await client.create(path, {**of_kind, "metadata": {"name": "held", "finalizers": [HELD]}})
    await client.create(path, {**of_kind, "metadata": {"name": "free"}})

    async with client.watch(path, timeoutSeconds=60) as events:
        answer = await client.delete(f"{DEFINITIONS}/{plural}.contract.zester.dev")
        ended = set()
        async for event in events:
            metadata = event["object"]["metadata"]
            if "deletionTimestamp" in metadata or event["type"] == "DELETED":
                ended.add(metadata["name"])
            if ended == {"held", "free"}:
                break
    refused = await client.create(path, {**of_kind, "metadata": {"name": "new"}})
    waiting = await client.get(f"{DEFINITIONS}/{plural}.contract.zester.dev")
    await client.merge(f"{path}/held", {"metadata": {"finalizers": None}})
    await until(client, f"{DEFINITIONS}/{plural}.contract.zester.dev", 404)
    await until(client, path, 404)

    assert answer.code == 200
    assert waiting.metadata["deletionTimestamp"]
    assert refused.code == 405


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/x"},
        {"type": "array"},
        {"type": "string", "maxLength": 9, "pattern": "(?!a)b"},
        {"type": "integer", "default": "three"},
        {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map"},
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        {"type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "self =="}]},
    ],
)
async def test_a_schema_that_is_not_structural_is_refused(
    client: Client, plural: str, schema: Json
) -> None:
    wrong = definition(plural)
    wrong["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = {
        "type": "object",
        "properties": {"field": schema},
    }

    answer = await client.create(DEFINITIONS, wrong)

    assert (answer.code, answer.body["reason"]) in ((422, "Invalid"), (400, "BadRequest"))


@pytest.mark.parametrize(
    "spec",
    [
        *(1, [], {"versions": []}, {"versions": [1]}, {"versions": "v1"}, {"names": 1}),
        *({"versions": [{"name": "v1"}]}, {"group": ""}, {"names": {"kind": None}}),
    ],
    ids=str,
)
async def test_a_definition_that_defines_nothing_is_refused(
    client: Client, plural: str, spec: Value
) -> None:
    path = f"{DEFINITIONS}/{plural}.contract.zester.dev"
    wrong = definition(plural)
    wrong["spec"] = {**wrong["spec"], **spec} if isinstance(spec, dict) else spec

    made = await client.create(DEFINITIONS, wrong)
    await client.create(DEFINITIONS, definition(plural))
    changed = await client.merge(path, {"spec": spec})

    assert 400 <= made.code < 500, made.body
    assert 400 <= changed.code < 500, changed.body


async def test_a_definition_is_named_after_what_it_defines(client: Client, plural: str) -> None:
    wrong = definition(plural)
    wrong["metadata"]["name"] = f"other-{plural}.contract.zester.dev"

    answer = await client.create(DEFINITIONS, wrong)

    assert answer.code == 422
    assert ("FieldValueInvalid", "metadata.name") in answer.causes


async def test_a_changed_schema_holds_at_once_for_what_is_written_next(
    client: Client, place: Place, plural: str
) -> None:
    path = f"/apis/contract.zester.dev/v1/namespaces/{place.namespace}/{plural}"
    await client.create(DEFINITIONS, definition(plural))
    await until(client, path, 200)
    extended = [
        {
            "op": "add",
            "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/more",
            "value": {"type": "string", "default": "yes"},
        }
    ]

    answer = await client.operate(f"{DEFINITIONS}/{plural}.contract.zester.dev", extended)
    body = {
        "apiVersion": "contract.zester.dev/v1",
        "kind": plural[:-1].title(),
        "spec": {"size": 1},
    }
    with anyio.fail_after(30):
        while True:
            made = await client.create(path, {**body, "metadata": {"generateName": "one-"}})
            if "more" in made.body["spec"]:
                break
            await anyio.sleep(0.05)

    assert answer.code == 200
    assert answer.metadata["generation"] == 2
    assert made.body["spec"] == {"size": 1, "more": "yes"}


async def test_a_watch_ends_with_its_kind(client: Client, place: Place, plural: str) -> None:
    path = f"/apis/contract.zester.dev/v1/namespaces/{place.namespace}/{plural}"
    await client.create(DEFINITIONS, definition(plural))
    await until(client, path, 200)

    async with client.watch(path, timeoutSeconds=60) as events:
        await client.delete(f"{DEFINITIONS}/{plural}.contract.zester.dev")
        with anyio.fail_after(50):
            found = [event async for event in events]

    assert [event for event in found if event["type"] == "ADDED"] == []
