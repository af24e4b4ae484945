"""kopf sees a cluster, with all that a cluster does to kopf."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from kubernetes.contract.conftest import Place
from support.kubernetes.access.identity import ADMIN, service_account
from support.kubernetes.client import Client
from support.kubernetes.faults import Fate
from support.kubernetes.gadget import DEFINITION, DEFINITION_PATH, DEFINITIONS, gadget
from support.kubernetes.objects.json_value import Json
from support.kubernetes.operator import Operator
from support.kubernetes.server import ApiServer

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

MIRROR = service_account("default", "mirror")
RULES = [
    {
        "apiGroups": ["contract.zester.dev"],
        "resources": ["gadgets"],
        "verbs": ["get", "list", "watch", "patch"],
    }
]


@pytest.fixture
async def operator(client: Client, place: Place, double: ApiServer) -> AsyncIterator[Operator]:
    """kopf as a service account with the least rights, after its first list."""
    path = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{place.namespace}"
    api: Json = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "mirror"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "mirror"}
    subject = {"kind": "ServiceAccount", "name": "mirror", "namespace": "default"}
    await client.create(f"{path}/roles", {**api, "kind": "Role", "rules": RULES})
    await client.create(
        f"{path}/rolebindings",
        {**api, "kind": "RoleBinding", "roleRef": role, "subjects": [subject]},
    )
    await client.create(place.all, gadget("there"))
    async with Operator(double, MIRROR, place.namespace) as running:
        with anyio.fail_after(60):
            await running.until((None, "there"))
            await double.faults.until_watched("gadgets")
        yield running


async def test_events_arrive_and_nothing_is_written_or_denied(
    client: Client, place: Place, double: ApiServer, operator: Operator
) -> None:
    await client.create(place.all, gadget("one"))
    await client.merge(place.one("one"), {"spec": {"text": "a"}})
    await client.delete(place.one("one"))

    with anyio.fail_after(60):
        await operator.until(("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one"))

    assert list(double.record.denied()) == []
    verbs = {each.ask.verb for each in double.record.of(MIRROR.name)}
    assert verbs == {"get", "list", "watch"}
    there = await client.get(place.one("there"))
    assert "annotations" not in there.metadata
    assert "finalizers" not in there.metadata


@pytest.mark.parametrize("fate", list(Fate))
async def test_a_watch_that_ends_is_opened_again(
    client: Client, place: Place, double: ApiServer, operator: Operator, fate: Fate
) -> None:
    double.faults.end_watches(fate)
    await client.create(place.all, gadget("one"))

    with anyio.fail_after(60):
        while not {("ADDED", "one"), (None, "one")} & set(operator.seen):
            await operator.next()


async def test_an_outage_is_survived(
    client: Client, place: Place, double: ApiServer, operator: Operator
) -> None:
    with double.faults.answering(503, where=lambda user, ask: user == MIRROR):
        double.faults.end_watches()
        await client.create(place.all, gadget("one"))
        with anyio.fail_after(60):
            while not double.record.refused(MIRROR.name):  # noqa: ASYNC110 - no event tells
                await anyio.sleep(0.02)

    with anyio.fail_after(60):
        while not {("ADDED", "one"), (None, "one")} & set(operator.seen):
            await operator.next()


async def test_a_deletion_during_a_compaction_is_lost(
    client: Client, place: Place, double: ApiServer, operator: Operator
) -> None:
    """This is why whoever watches has to list now and then."""
    double.faults.drop_deletions = True
    await client.delete(place.one("there"))
    await client.create(place.all, gadget("one"))
    double.cluster.store.compact()
    double.faults.end_watches(Fate.EXPIRED)
    double.faults.drop_deletions = False
    await client.create(place.all, gadget("two"))

    with anyio.fail_after(60):
        while not {("ADDED", "two"), (None, "two")} & set(operator.seen):
            await operator.next()

    assert ("DELETED", "there") not in operator.seen


async def test_a_kind_that_was_taken_away_is_served_again_when_it_returns(
    client: Client, place: Place, double: ApiServer
) -> None:
    await client.create(place.all, gadget("there"))
    async with Operator(double, ADMIN) as running:
        with anyio.fail_after(60):
            await running.until((None, "there"))
            await double.faults.until_watched("gadgets")
            await client.delete(DEFINITION_PATH)
            await running.until(("DELETED", "there"))
            await double.faults.until_unwatched("gadgets")

            await client.create(DEFINITIONS, DEFINITION)
            await client.create(place.all, gadget("new"))
            while not {("ADDED", "new"), (None, "new")} & set(running.seen):
                await running.next()
