"""Our definitions on a server: taken, columns and all, and every object judged as it should be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from kubernetes.contract.conftest import REAL, Place
from support.kinds.cases import KindCase, kind_cases
from support.kubernetes.client import Answer, Client
from support.kubernetes.gadget import DEFINITIONS
from zester.resources.kubernetes.definition import definition
from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.names import API_VERSION
from zester.resources.kubernetes.registry import CUSTOM_KINDS

pytestmark = pytest.mark.anyio

ALL = list(kind_cases())


@pytest.fixture(params=CUSTOM_KINDS, ids=lambda kind: kind.singular)
async def kind(client: Client, request: pytest.FixtureRequest) -> AsyncIterator[CustomKind]:
    """One of our kinds, served."""
    found: CustomKind = request.param
    manifest = definition(found)
    answer = await client.create(DEFINITIONS, manifest, fieldValidation="Strict")
    assert answer.code in ((201, 409) if REAL else (201,)), answer.body
    with anyio.fail_after(30):
        while (await client.get(f"/apis/{API_VERSION}/{found.plural}")).code != 200:  # noqa: ASYNC110 - no event tells
            await anyio.sleep(0.05)
    yield found
    if REAL is not None:
        await client.delete(f"{DEFINITIONS}/{manifest['metadata']['name']}")


async def test_a_server_judges_objects_of_our_kinds(
    client: Client, place: Place, kind: CustomKind
) -> None:
    judged = 0
    for number, case in enumerate(ALL):
        if case.kind is kind:
            path = f"/apis/{API_VERSION}/namespaces/{place.namespace}/{kind.plural}"
            refusal = await _refusal(client, path, f"case-{number}", case)
            fields = {field for _, field in refusal.causes} if refusal else set()
            assert fields == set(case.wrong), (case.name, refusal and refusal.body)
            judged += 1
    assert judged


async def test_a_server_shows_columns_of_our_kinds(
    client: Client, place: Place, kind: CustomKind
) -> None:
    path = f"/apis/{API_VERSION}/namespaces/{place.namespace}/{kind.plural}"
    answer = await client.ask(*("GET", path), accept="application/json;as=Table;v=v1;g=meta.k8s.io")

    names = [column["name"] for column in answer.body["columnDefinitions"]]
    assert names == ["Name", *(each.name for each in kind.columns), "Ready", "Status", "Age"]


async def _refusal(client: Client, path: str, name: str, case: KindCase) -> Answer | None:
    """Make an object what it was and then what the case says; return the answer that said no."""
    was = case.old or {"spec": case.body.get("spec")}
    if case.old and _decided(case.old):
        # No server takes a decision before it knows the fingerprint: so as users do it.
        await _good(client.create(path, _body(case, name, {"spec": {}})))
        await _good(_put(client, f"{path}/{name}", "/status", status=case.old["status"]))
        await _good(_put(client, f"{path}/{name}", "", spec=case.old["spec"]))
    else:
        made = await client.create(path, _body(case, name, was))
        if made.code != 201:
            assert case.old is None, made.body
            return made
        if "status" in was:
            await _good(_put(client, f"{path}/{name}", "/status", status=was["status"]))
    for part, subresource in (("spec", ""), ("status", "/status")):
        if part in case.body and case.body[part] != was.get(part):
            told = await _put(client, f"{path}/{name}", subresource, **{part: case.body[part]})
            if told.code != 200:
                return told
    return None


def _decided(old: dict[str, Any]) -> bool:
    return bool(old["spec"].get("decision") == "Approve")


def _body(case: KindCase, name: str, parts: dict[str, Any]) -> dict[str, Any]:
    spec = {} if parts.get("spec") is None else {"spec": parts["spec"]}
    return {"apiVersion": API_VERSION, "kind": case.kind.name, "metadata": {"name": name}, **spec}


async def _put(client: Client, path: str, subresource: str, **parts: Any) -> Answer:  # noqa: ANN401 - JSON
    live = (await client.get(path)).body
    return await client.put(path + subresource, {**live, **parts})


async def _good(answer: Any) -> None:  # noqa: ANN401 - an awaitable answer
    told = await answer
    assert told.code in (200, 201), told.body
