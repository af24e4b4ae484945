"""kubectl waits: for conditions, and for what is being deleted."""

from __future__ import annotations

import anyio
import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.client import Client
from support.kubernetes.gadget import gadget
from support.kubernetes.kubectl import Kubectl
from support.kubernetes.server import ApiServer

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]


async def test_wait_waits_for_a_condition_of_the_newest_generation(
    client: Client, place: Place, kubectl: Kubectl, double: ApiServer
) -> None:
    await client.create(place.all, gadget("one", text="a"))
    done = []

    async def wait() -> None:
        done.append(
            await kubectl(
                *("wait", "gdg/one", "-n", place.namespace),
                *("--for=condition=Ready", "--timeout=60s"),
            )
        )

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        with anyio.fail_after(60):
            await double.faults.until_watched("gadgets")
        ready = {"observedGeneration": 1, "conditions": [{"type": "Ready", "status": "True"}]}
        await client.merge(place.status("one"), {"status": ready})

    assert done[0].stdout == "gadget.contract.zester.dev/one condition met\n"


async def test_wait_gives_up(client: Client, place: Place, kubectl: Kubectl) -> None:
    await client.create(place.all, gadget("one", text="a"))

    done = await kubectl(
        *("wait", "gdg/one", "-n", place.namespace, "--for=condition=Ready", "--timeout=1s"),
        code=1,
    )

    assert "timed out waiting for the condition" in done.stderr


async def test_delete_waits_for_finalizers(client: Client, place: Place, kubectl: Kubectl) -> None:
    held = gadget("one", {"finalizers": ["contract.zester.dev/held"]})
    await client.create(place.all, held)
    start = (await client.get(place.all)).metadata["resourceVersion"]
    done = []

    async def delete() -> None:
        done.append(await kubectl("delete", "gdg", "one", "-n", place.namespace))

    async with anyio.create_task_group() as group:
        group.start_soon(delete)
        async with client.watch(place.all, resourceVersion=start) as events:
            async for event in events:
                if "deletionTimestamp" in event["object"]["metadata"]:
                    break
        await client.merge(place.one("one"), {"metadata": {"finalizers": None}})

    assert done[0].stdout.startswith('gadget.contract.zester.dev "one" deleted')
    assert (await client.get(place.one("one"))).code == 404


async def test_delete_takes_many(client: Client, place: Place, kubectl: Kubectl) -> None:
    for name in ("one", "two"):
        await client.create(place.all, gadget(name))

    await kubectl("delete", "gdg", "--all", "-n", place.namespace)

    assert (await client.get(place.all)).body["items"] == []


async def test_a_definition_is_waited_for(client: Client, kubectl: Kubectl) -> None:
    done = await kubectl(
        *("wait", "crd/gadgets.contract.zester.dev"),
        *("--for=condition=Established", "--timeout=60s"),
    )

    assert "condition met" in done.stdout


async def test_a_namespace_is_deleted_with_all_in_it(
    client: Client, place: Place, kubectl: Kubectl
) -> None:
    await client.create(place.all, gadget("one"))

    await kubectl("delete", "namespace", place.namespace)

    assert (await client.get(f"/api/v1/namespaces/{place.namespace}")).code == 404
