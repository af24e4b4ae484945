"""The chart's roles are what the mirror needs, and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.chart.rights import charted, denied, unused
from support.kubernetes.mirrored import SPACE, Mirrored, mirrored
from zester.bus.link.connection import Bus
from zester.resources.kubernetes.registry import CUSTOM_KINDS
from zester_controller.mirror.cluster.watch import Scope

pytestmark = pytest.mark.anyio

PUBLISHED = ("statetrees", "topassignments", "settings")


async def one_life(cluster: Mirrored) -> None:
    """Publish what refers to everything that can be referred to, say something wrong, delete."""
    cluster.api.add(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "files", "namespace": SPACE},
            "data": {"web.zy": "web: test.nop\n"},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "login", "namespace": SPACE},
            "data": {"password": "c2VjcmV0"},
        },
    )
    value = {"secretKeyRef": {"name": "login", "key": "password"}, "targetPath": "login:password"}
    async with cluster.running():
        tree = {"filesFrom": [{"configMapRef": {"name": "files"}, "prefix": "states"}]}
        await cluster.apply("StateTree", "web", tree)
        await cluster.apply("Settings", "login", {"path": "login.zy", "valuesFrom": [value]})
        await cluster.apply("TopAssignment", "web", {"target": "G@", "states": ["web"]})
        await cluster.becomes("StateTree", "web", "Published")
        await cluster.becomes("Settings", "login", "Published")
        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")


async def test_a_mirror_of_the_whole_cluster_is_never_refused(bus: Bus, tmp_path: Path) -> None:
    async with mirrored(bus, tmp_path) as cluster:
        cluster.user = charted(cluster.api)
        await one_life(cluster)

        assert denied(cluster.api, cluster.user) == []
        left = {each.partition(": ")[2] for each in unused(cluster.api, cluster.user, [SPACE])}
        kinds = {f"{kind.plural}.zester.dev" for kind in CUSTOM_KINDS}
        # What is not published is only looked at, so far.
        waiting = {
            f"patch {each}{part}"
            for kind in kinds - {f"{each}.zester.dev" for each in PUBLISHED}
            for each, part in ((kind, ""), (kind.replace(".", "/status.", 1), ""))
        }
        seldom = {
            *(f"get {kind}" for kind in kinds),
            *("get namespaces", "get customresourcedefinitions.apiextensions.k8s.io"),
            *("list configmaps", "watch configmaps", "list secrets", "watch secrets"),
            "patch topassignments.zester.dev",
        }
        assert sorted(left - waiting - seldom) == []


async def test_a_mirror_of_one_namespace_has_no_rights_elsewhere(bus: Bus, tmp_path: Path) -> None:
    async with mirrored(bus, tmp_path, scope=Scope((SPACE,))) as cluster:
        cluster.user = charted(cluster.api, [SPACE])
        await one_life(cluster)

        # Whether a kind itself is going nobody can know who sees a part of the cluster only.
        (refused,) = set(denied(cluster.api, cluster.user))
        assert refused.startswith('cannot get resource "customresourcedefinitions"')
        elsewhere = cluster.api.cluster.access.grants(cluster.user, "default")
        assert list(elsewhere) == []


@pytest.mark.parametrize("optional", [False, True])
async def test_a_missing_right_holds_up_only_the_object_that_needs_it(
    bus: Bus, tmp_path: Path, *, optional: bool
) -> None:
    async with mirrored(bus, tmp_path) as cluster:
        cluster.user = charted(cluster.api, secrets=False)
        reference = {"name": "login", "key": "password", "optional": optional}
        values = [{"secretKeyRef": reference, "targetPath": "password"}]
        await cluster.apply("Settings", "login", {"path": "login.zy", "valuesFrom": values})
        await cluster.apply("StateTree", "web", {"files": {"states/web.zy": "web: test.nop\n"}})
        async with cluster.running():
            *_, message = await cluster.becomes("Settings", "login", "ReferenceNotFound")
            await cluster.becomes("StateTree", "web", "Published")

        assert "do not let it read Secret login" in message
        assert set(denied(cluster.api, cluster.user)) == {
            'cannot get resource "secrets" in API group "" in the namespace "web"'
        }
