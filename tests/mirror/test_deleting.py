"""Removals: one by one they are done, many at once have to be meant."""

from __future__ import annotations

import pytest

from support.kubernetes.faults import Fate
from support.kubernetes.mirrored import SPACE, Mirrored, eventually
from support.kubernetes.objects.json_value import Json

pytestmark = pytest.mark.anyio

DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/statetrees.zester.dev"


def tree(name: str, **more: object) -> dict[str, object]:
    return {"files": {f"states/{name}.zy": f"{name}: test.nop\n"}, **more}


async def test_an_orphaning_object_leaves_its_files(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree("web", deletionPolicy="Orphan"))
        await cluster.publishes("states/web.zy")
        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")
        assert (await cluster.entries())["states/web.zy"].origin == "orphan/StateTree/web"
        await cluster.apply("StateTree", "web", tree("web", priority=1))
        await cluster.becomes("StateTree", "web", "Published")
        assert (await cluster.entries())["states/web.zy"].origin.startswith("StateTree/web/")


async def test_the_last_object_that_is_deleted_by_hand_leaves_an_empty_tree(
    cluster: Mirrored,
) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree("web"))
        await cluster.publishes("states/web.zy")
        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")
        assert await cluster.published() == {}


async def test_a_mass_deletion_waits_until_somebody_says_it_is_meant(cluster: Mirrored) -> None:
    names = [f"t{number}" for number in range(30)]
    for name in names:
        await cluster.apply("StateTree", name, tree(name))
    async with cluster.running():
        await cluster.becomes("StateTree", "t29", "Published")
        for name in names[:27]:
            await cluster.delete("StateTree", name)
        await cluster.becomes("StateTree", "t29", "DeletionGuard")
        held = set(await cluster.entries())
        assert len(held) >= 20

        async def told() -> bool:
            found = (await cluster.condition("StateTree", "t29"))[2]
            return found.startswith("27 of 30 objects")

        await eventually("the guard tells how many", told)
        assert set(await cluster.entries()) == held
        await cluster.annotate("StateTree", "t29", confirm_deletion="27")
        await cluster.publishes(*(f"states/{name}.zy" for name in names[27:]))
        for name in names[:27]:
            await cluster.gone("StateTree", name)
        await cluster.becomes("StateTree", "t29", "Published")


async def test_a_kind_that_is_removed_from_the_cluster_leaves_its_files(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree("web"))
        await cluster.apply("StateTree", "db", tree("db"))
        await cluster.becomes("StateTree", "db", "Published")
        await cluster.becomes("StateTree", "web", "Published")
        assert (await cluster.kube.delete(DEFINITION)).code == 200

        async def gone() -> bool:
            return (await cluster.kube.get(DEFINITION)).code == 404

        await eventually("the definition is gone", gone)
        assert set(await cluster.published()) == {"states/db.zy", "states/web.zy"}


async def test_a_namespace_that_is_deleted_does_not_empty_the_fleet(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree("web"))
        await cluster.becomes("StateTree", "web", "Published")
        assert (await cluster.kube.delete(f"/api/v1/namespaces/{SPACE}")).code == 200
        await cluster.becomes("StateTree", "web", "DeletionGuard")
        assert set(await cluster.published()) == {"states/web.zy"}
        await cluster.annotate("StateTree", "web", confirm_deletion="1")
        await cluster.gone("StateTree", "web")
        assert await cluster.published() == {}


async def test_an_object_that_comes_back_with_the_name_is_another_one(cluster: Mirrored) -> None:
    async with cluster.running():
        first = await cluster.apply("StateTree", "web", tree("web"))
        await cluster.becomes("StateTree", "web", "Published")
        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")
        second = await cluster.apply("StateTree", "web", tree("web"))
        await cluster.becomes("StateTree", "web", "Published")
        assert first["metadata"]["uid"] != second["metadata"]["uid"]
        origin = (await cluster.entries())["states/web.zy"].origin
        assert origin == f"StateTree/web/{second['metadata']['uid']}"


async def test_what_went_while_the_watch_was_broken_is_found_by_the_next_list(
    cluster: Mirrored,
) -> None:
    cluster.rules = type(cluster.rules)(cluster.rules.cluster, cluster.rules.scope, resync=2.0)
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree("web"))
        await cluster.apply("StateTree", "stays", tree("stays"))
        await cluster.becomes("StateTree", "web", "Published")
        await cluster.becomes("StateTree", "stays", "Published")
        cluster.api.faults.drop_deletions = True
        with cluster.api.faults.answering(503, where=lambda _, ask: ask.verb == "watch"):
            cluster.api.faults.end_watches(Fate.EXPIRED)
            patch: Json = {"metadata": {"finalizers": []}}
            path = cluster.path("StateTree", "web")
            await cluster.kube.merge(path, patch)
            await cluster.kube.delete(path)
            await cluster.kube.merge(path, patch)  # the mirror may have held it again meanwhile
            assert (await cluster.get("StateTree", "web")).code == 404
            await cluster.publishes("states/stays.zy")
