"""Objects of kinds that nobody serves yet are kept on the bus, and never said to be ready."""

from __future__ import annotations

import pytest

from support.kubernetes.mirrored import CLUSTER, SPACE, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from support.trusted import ENV, shared_realm
from zester.bus.buckets import OBJECTS
from zester.bus.records import Records
from zester.bus.signed import SignedKv
from zester.resources.cluster_object import ClusterObject
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

COMMAND: Json = {"target": "web-*", "function": "test.ping", "kwargs": {"word": "canary"}}
RULE: Json = {"tags": ["job/*"], "do": [{"name": "ping", "function": "test.ping"}]}
ROLLOUT: Json = {"waves": [{"name": "all", "percent": 100}]}
GIT: Json = {"url": "https://git.example.com/infra.git", "ref": {"branch": "main"}}


async def stored(cluster: Mirrored, plural: str, name: str) -> ClusterObject | None:
    """Return what the bus has of an object, judged as whoever serves it will judge it."""
    kv = SignedKv(cluster.bus, OBJECTS, ClusterObject, shared_realm().verifier(ENV))
    found = await kv.get(f"{plural}.{CLUSTER}.{SPACE}.{name}")
    return found.value if found else None


async def test_objects_are_stored_told_not_served_and_removed_with_their_object(
    cluster: Mirrored,
) -> None:
    kinds = (("Command", COMMAND), ("ReactorRule", RULE), ("Rollout", ROLLOUT), ("GitSource", GIT))
    async with cluster.running():
        for kind, spec in kinds:
            body = await cluster.apply(kind, "one", spec)
            assert (await cluster.becomes(kind, "one", "NotServed"))[0] == "False"
            found = await stored(cluster, f"{kind.lower()}s", "one")
            assert found is not None
            assert found.uid == body["metadata"]["uid"]
            assert found.generation == 1
            assert {key: found.spec[key] for key in spec} == spec
        assert await cluster.head() is None
        for kind, _ in kinds:
            await cluster.delete(kind, "one")
            await cluster.gone(kind, "one")
            assert await stored(cluster, f"{kind.lower()}s", "one") is None


async def test_a_change_is_stored_and_what_is_so_already_is_not_written(cluster: Mirrored) -> None:
    records = Records(cluster.bus, OBJECTS)
    key = f"gitsources.{CLUSTER}.{SPACE}.infra"
    async with cluster.running():
        await cluster.apply("GitSource", "infra", GIT)
        await cluster.becomes("GitSource", "infra", "NotServed")
        before = await records.get(key)
        await cluster.annotate("GitSource", "infra", reconcile_requested_at="1")

        async def handled() -> bool:
            status = (await cluster.get("GitSource", "infra")).body["status"]
            return bool(status.get("lastHandledReconcileAt") == "1")

        await eventually("the request is answered", handled)
        assert await records.get(key) == before
        await cluster.apply("GitSource", "infra", {**GIT, "ref": {"branch": "next"}})
        await cluster.becomes("GitSource", "infra", "NotServed")
        found = await stored(cluster, "gitsources", "infra")
        assert found is not None
        assert (found.generation, found.spec["ref"]) == (2, {"branch": "next"})


async def test_what_an_orphan_said_stays_and_says_so(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("GitSource", "infra", {**GIT, "deletionPolicy": "Orphan"})
        await cluster.becomes("GitSource", "infra", "NotServed")
        await cluster.delete("GitSource", "infra")
        await cluster.gone("GitSource", "infra")
        found = await stored(cluster, "gitsources", "infra")
        assert found is not None
        assert found.orphaned

        again = await cluster.apply("GitSource", "infra", GIT)
        await cluster.becomes("GitSource", "infra", "NotServed")
        found = await stored(cluster, "gitsources", "infra")
        assert found is not None
        assert (found.uid, found.orphaned) == (again["metadata"]["uid"], False)


async def test_an_object_that_cannot_be_read_or_stored_is_told_and_the_last_good_one_stays(
    cluster: Mirrored,
) -> None:
    async with cluster.running():
        await cluster.apply("Command", "big", COMMAND)
        await cluster.becomes("Command", "big", "NotServed")
        # No schema bounds free fields: the server takes it, a bucket does not.
        await cluster.apply("Command", "big", {**COMMAND, "kwargs": {"text": "x" * 1_050_000}})
        _, _, message = await cluster.becomes("Command", "big", "InvalidSpec")
        assert "more than the 1000000" in message
        found = await stored(cluster, "commands", "big")
        assert found is not None
        assert (found.generation, found.spec["kwargs"]) == (1, {"word": "canary"})
        assert "canary" not in repr(found)


async def test_an_object_that_went_while_nobody_looked_is_removed(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("Command", "ghost", COMMAND)
        await cluster.apply("Command", "stays", COMMAND)
        await cluster.becomes("Command", "ghost", "NotServed")
        await cluster.becomes("Command", "stays", "NotServed")
    path = cluster.path("Command", "ghost")
    assert (await cluster.kube.merge(path, {"metadata": {"finalizers": None}})).code == 200
    await cluster.delete("Command", "ghost")
    await cluster.gone("Command", "ghost")
    async with cluster.running():

        async def removed() -> bool:
            return await stored(cluster, "commands", "ghost") is None

        await eventually("the ghost is removed", removed)
        assert await stored(cluster, "commands", "stays") is not None


async def test_the_last_object_of_a_namespace_that_went_while_nobody_looked_is_removed(
    cluster: Mirrored,
) -> None:
    async with cluster.running():
        await cluster.apply("Command", "ghost", COMMAND)
        await cluster.becomes("Command", "ghost", "NotServed")
    path = cluster.path("Command", "ghost")
    assert (await cluster.kube.merge(path, {"metadata": {"finalizers": None}})).code == 200
    await cluster.delete("Command", "ghost")
    async with cluster.running():

        async def removed() -> bool:
            return await stored(cluster, "commands", "ghost") is None

        await eventually("the ghost is removed", removed)


async def test_what_somebody_else_put_there_is_written_over(cluster: Mirrored) -> None:
    key = f"commands.{CLUSTER}.{SPACE}.one"
    forged = shared_realm().signer(ENV, Tier.PUBLISHER).sign(f"objects.{key}", b"{}")
    await Records(cluster.bus, OBJECTS).put(key, forged)
    await Records(cluster.bus, OBJECTS).put(f"commands.{CLUSTER}.{SPACE}.none", b"nonsense")
    async with cluster.running():
        body = await cluster.apply("Command", "one", COMMAND)
        await cluster.becomes("Command", "one", "NotServed")
        found = await stored(cluster, "commands", "one")
        assert found is not None
        assert found.uid == body["metadata"]["uid"]
        assert await Records(cluster.bus, OBJECTS).get(f"commands.{CLUSTER}.{SPACE}.none") is None
