"""Values out of Secrets and ConfigMaps."""

from __future__ import annotations

import base64

import pytest

from support.kubernetes.mirrored import SPACE, Mirrored
from support.kubernetes.objects.json_value import Json

pytestmark = pytest.mark.anyio

CANARY = "canary-8d1f0b"


def core(kind: str, name: str, data: dict[str, str]) -> Json:
    metadata = {"name": name, "namespace": SPACE}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data}


async def test_a_value_of_a_secret_is_sealed_and_told_nowhere(
    cluster: Mirrored, caplog: pytest.LogCaptureFixture
) -> None:
    secret = {"password": base64.b64encode(CANARY.encode()).decode()}
    path = f"/api/v1/namespaces/{SPACE}/secrets"
    reference = {"name": "db", "key": "password"}
    spec: Json = {
        "path": "db.zy",
        "data": {"db": {"user": "app"}},
        "valuesFrom": [{"secretKeyRef": reference, "targetPath": "db.password"}],
    }
    async with cluster.running():
        await cluster.apply("Settings", "db", spec)
        _, _, message = await cluster.becomes("Settings", "db", "ReferenceNotFound")
        assert message == "there is no Secret db in this namespace"

        answer = await cluster.kube.create(path, core("Secret", "db", secret))
        assert answer.code == 201
        await cluster.annotate("Settings", "db", reconcile_requested_at="1")
        await cluster.becomes("Settings", "db", "Published")
        assert (await cluster.published())["settings/db.zy"].startswith("sealed: ")
        status = (await cluster.get("Settings", "db")).body["status"]
        assert status["keyGeneration"] == 1
        assert CANARY not in str(status)
        events = await cluster.kube.get(f"/api/v1/namespaces/{SPACE}/events")
        assert CANARY not in str(events.body)
    assert CANARY not in caplog.text


async def test_a_config_map_is_files(cluster: Mirrored) -> None:
    data = {"web.zy": "web: test.nop\n", "web.conf": "listen 80\n"}
    path = f"/api/v1/namespaces/{SPACE}/configmaps"
    assert (await cluster.kube.create(path, core("ConfigMap", "web", data))).code == 201
    spec: Json = {
        "filesFrom": [
            {"configMapRef": {"name": "web"}, "prefix": "states"},
            {"configMapRef": {"name": "gone"}, "optional": True},
        ]
    }
    async with cluster.running():
        await cluster.apply("StateTree", "web", spec)
        found = await cluster.publishes("states/web.conf", "states/web.zy")
        assert found["states/web.conf"] == "listen 80\n"
