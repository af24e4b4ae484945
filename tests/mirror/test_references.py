"""Values out of Secrets and ConfigMaps."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest

from support.kubernetes.mirrored import SPACE, Mirrored
from support.kubernetes.objects.json_value import Json
from zester_controller.mirror.objects.key import CORE

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


def labelled(kind: str, name: str, data: dict[str, str]) -> Json:
    body = core(kind, name, data)
    return {**body, "metadata": {**body["metadata"], "labels": {"zester.dev/watch": "true"}}}


async def test_what_is_labelled_is_followed_at_once_and_what_is_not_only_from_time_to_time(
    cluster: Mirrored,
) -> None:
    path = f"/api/v1/namespaces/{SPACE}/configmaps"
    spec: Json = {"filesFrom": [{"configMapRef": {"name": "web"}, "prefix": "states"}]}
    cluster.rules = replace(cluster.rules, watched=CORE)
    async with cluster.running():
        await cluster.apply("StateTree", "web", spec)
        await cluster.becomes("StateTree", "web", "ReferenceNotFound")
        body = labelled("ConfigMap", "web", {"web.zy": "web: test.nop\n"})
        assert (await cluster.kube.create(path, body)).code == 201
        await cluster.publishes("states/web.zy")
        changed = {"data": {"more.zy": "more: test.nop\n"}}
        assert (await cluster.kube.merge(f"{path}/web", changed)).code == 200
        await cluster.publishes("states/more.zy", "states/web.zy")

        unlabelled = {"metadata": {"labels": None}, "data": {"more.zy": None}}
        assert (await cluster.kube.merge(f"{path}/web", unlabelled)).code == 200
        await cluster.publishes("states/web.zy")  # the last that is heard of it
        assert (await cluster.kube.merge(f"{path}/web", changed)).code == 200
        await cluster.apply("StateTree", "web", {**spec, "priority": 101})
        await cluster.becomes("StateTree", "web", "Published")
        assert list(await cluster.published()) == ["states/web.zy"]

        assert (await cluster.kube.delete(f"{path}/web")).code == 200
        await cluster.annotate("StateTree", "web", reconcile_requested_at="1")
        _, _, message = await cluster.becomes("StateTree", "web", "ReferenceNotFound")
        assert message.endswith("stays published")
        asked = {each.ask.resource for each in cluster.api.record.of(verb="watch")}
        assert {"configmaps", "secrets"} <= asked


async def test_a_watch_that_is_forbidden_leaves_the_rest_as_it_is(cluster: Mirrored) -> None:
    cluster.rules = replace(cluster.rules, watched=CORE)
    with cluster.api.faults.answering(
        403, where=lambda _, ask: ask.resource in ("secrets", "configmaps") and ask.verb == "list"
    ):
        async with cluster.running():
            await cluster.apply("StateTree", "web", {"files": {"states/web.zy": "{}\n"}})
            await cluster.becomes("StateTree", "web", "Published")
            assert cluster.checks.states()["mirror"].ok
