"""Helm's own story of a release: installed, upgraded, rolled back, gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import helm_python
import pytest

from support.chart.cases import CASES
from support.chart.release import CHART
from support.kubernetes.client import Client
from support.kubernetes.server import ApiServer
from support.kubernetes.structural import StructuralSchemas

pytestmark = pytest.mark.anyio

DEPLOYMENT = "/apis/apps/v1/namespaces/zester/deployments/zester"
DEFINITION = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/statetrees.zester.dev"


class Helm:
    """Somebody with Helm in the namespace ``zester``."""

    def __init__(self, kubeconfig: Path) -> None:
        self._kubeconfig = kubeconfig

    async def __call__(self, act: Callable[[helm_python.Config], Any]) -> Any:  # noqa: ANN401 - JSON
        def run() -> Any:  # noqa: ANN401 - JSON
            with helm_python.Config(kubeconfig_path=self._kubeconfig, namespace="zester") as config:
                return act(config)

        with anyio.fail_after(120):
            return await anyio.to_thread.run_sync(run)

    async def install(self, name: str, values: dict[str, Any]) -> None:
        await self(lambda config: config.install(str(CHART), name, values, create_namespace=True))

    async def upgrade(self, name: str, values: dict[str, Any]) -> None:
        await self(lambda config: config.upgrade(str(CHART), name, values))


async def test_a_release_is_installed_upgraded_rolled_back_and_removed(tmp_path: Path) -> None:
    async with ApiServer(tmp_path, StructuralSchemas()) as api:
        admin = api.kubeconfig()
        helm = Helm(admin)
        async with Client.of(admin) as kube:
            await helm.install("zester", {"replicas": 1})
            first = (await kube.get(DEPLOYMENT)).body["spec"]
            assert first["replicas"] == 1
            assert (await kube.get(DEFINITION)).code == 200

            await helm.upgrade("zester", {"replicas": 3, "enrollment": {"policy": "all"}})
            second = (await kube.get(DEPLOYMENT)).body["spec"]
            assert second["replicas"] == 3
            assert second["template"] != first["template"]

            await helm(lambda config: config.rollback("zester", version=1))
            assert (await kube.get(DEPLOYMENT)).body["spec"] == first
            told = await helm(lambda config: config.history("zester"))
            assert [each["revision"] for each in told] == [1, 2, 3]

            await helm(lambda config: config.uninstall("zester"))
            assert (await kube.get(DEPLOYMENT)).code == 404
            assert (await kube.get(DEFINITION)).code == 200  # Helm never removes definitions
            roles = await kube.get("/apis/rbac.authorization.k8s.io/v1/clusterroles")
            assert roles.body["items"] == []


async def test_every_way_to_install_it_is_taken_by_a_cluster(tmp_path: Path) -> None:
    async with ApiServer(tmp_path, StructuralSchemas()) as api:
        helm = Helm(api.kubeconfig())
        for namespace in ("web", "db"):
            api.add({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        for number, (case, values) in enumerate(CASES.items()):
            if case != "everything":  # has kinds of the Prometheus operator
                await helm.install(f"zester-{number}", values)
        listed = await helm(lambda config: config.list())
        assert {each["status"] for each in listed} == {"deployed"}
        assert len(listed) == len(CASES) - 1
