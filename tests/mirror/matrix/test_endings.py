"""Whatever goes as a whole (a kind, a namespace, nearly all objects) never empties a fleet."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from mirror.matrix.circumstances import staged
from mirror.matrix.operations import path, tree
from support.kubernetes.mirrored import Mirrored, eventually
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.kubernetes.names import FINALIZER

pytestmark = pytest.mark.anyio

DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/statetrees.zester.dev"
SPACE = "update"
NAMES = ("a", "b", "c")
FILES = {path(SPACE, name) for name in NAMES}


async def three(cluster: Mirrored) -> None:
    """Publish three trees."""
    for name in NAMES:
        await cluster.apply("StateTree", name, tree(SPACE, name), space=SPACE)
    for name in NAMES:
        await cluster.becomes("StateTree", name, "Published", space=SPACE)


async def gone(cluster: Mirrored, place: str) -> None:
    async def away() -> bool:
        return (await cluster.kube.get(place)).code == 404

    await eventually(f"{place} is gone", away)


@pytest.mark.parametrize("running", [True, False], ids=["watched", "unseen"])
async def test_a_kind_that_goes_and_comes_back_leaves_what_is_published(
    cluster: Mirrored, server: EmbeddedServer, running: bool
) -> None:
    cluster.pace = replace(cluster.pace, absent=0.5)
    async with staged(cluster, server) as scene:
        await three(cluster)
        if not running:
            await scene.kill()
        found = (await cluster.kube.get(DEFINITION)).body
        assert (await cluster.kube.delete(DEFINITION)).code == 200
        if not running:
            scene.start()
        await gone(cluster, DEFINITION)
        assert set(await cluster.entries(SPACE)) == FILES
        fresh = {key: found[key] for key in ("apiVersion", "kind", "spec")}
        name = {"metadata": {"name": found["metadata"]["name"]}}
        place = DEFINITION.rpartition("/")[0]
        assert (await cluster.kube.create(place, {**fresh, **name})).code == 201
        await cluster.apply("StateTree", "d", tree(SPACE, "d"), space=SPACE)
        await cluster.publishes(*FILES, path(SPACE, "d"), space=SPACE)
        await cluster.apply("StateTree", "a", tree(SPACE, "a", priority=1), space=SPACE)
        await cluster.becomes("StateTree", "a", "Published", space=SPACE)
        assert (await cluster.entries(SPACE))[path(SPACE, "a")].origin.startswith("StateTree/a/")


async def test_a_namespace_that_goes_waits_until_it_is_meant(
    cluster: Mirrored, server: EmbeddedServer
) -> None:
    async with staged(cluster, server):
        await three(cluster)
        assert (await cluster.kube.delete(f"/api/v1/namespaces/{SPACE}")).code == 200
        for name in NAMES:
            found = await cluster.becomes("StateTree", name, "DeletionGuard", space=SPACE)
            assert "zester.dev/confirm-deletion=3" in found[2]
        assert set(await cluster.entries(SPACE)) == FILES
        await cluster.annotate("StateTree", "b", space=SPACE, confirm_deletion="2")
        await anyio.sleep(1.5)
        assert set(await cluster.entries(SPACE)) == FILES, "three are not two"
        await cluster.annotate("StateTree", "b", space=SPACE, confirm_deletion="3")
        await gone(cluster, f"/api/v1/namespaces/{SPACE}")
        assert await cluster.entries(SPACE) == {}


async def test_the_namespace_of_the_master_goes_without_the_fleet(
    cluster: Mirrored, server: EmbeddedServer
) -> None:
    cluster.rules = replace(cluster.rules, own=SPACE)
    async with staged(cluster, server):
        await three(cluster)
        assert (await cluster.kube.delete(f"/api/v1/namespaces/{SPACE}")).code == 200
        await gone(cluster, f"/api/v1/namespaces/{SPACE}")
        assert set(await cluster.entries(SPACE)) == FILES


async def test_nearly_all_objects_that_went_unseen_stay_published_until_it_is_meant(
    cluster: Mirrored, server: EmbeddedServer
) -> None:
    names = [f"t{number}" for number in range(20)]
    async with staged(cluster, server) as scene:
        for name in names:
            await cluster.apply("StateTree", name, tree(SPACE, name), space=SPACE)
        await cluster.publishes(*(path(SPACE, name) for name in names), space=SPACE)
        await cluster.becomes("StateTree", "t0", "Published", space=SPACE)
        await scene.kill()
        for name in names[2:]:
            place = cluster.path("StateTree", name, SPACE)
            await cluster.kube.merge(place, {"metadata": {"finalizers": []}})
            await cluster.delete("StateTree", name, SPACE)
        scene.start()
        found = await cluster.becomes("StateTree", "t0", "DeletionGuard", "Stalled", space=SPACE)
        assert found[2].startswith("18 of 20 objects")
        assert len(await cluster.entries(SPACE)) == 20
        held = (await cluster.get("StateTree", "t0", SPACE)).metadata["finalizers"]
        assert held == [FINALIZER]
        await cluster.annotate("StateTree", "t1", space=SPACE, confirm_deletion="18")
        await cluster.publishes(path(SPACE, "t0"), path(SPACE, "t1"), space=SPACE)
        await cluster.becomes("StateTree", "t0", "Published", space=SPACE)
