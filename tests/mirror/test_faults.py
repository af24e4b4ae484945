"""What a cluster does to those who watch it, and what a mirror makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import pytest
import yaml

from support.kubernetes.access.identity import service_account
from support.kubernetes.faults import Fate
from support.kubernetes.mirrored import SPACE, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from support.trusted import shared_realm
from zester.bus.link.connection import open_bus
from zester.bus.server.embedded import EmbeddedServer
from zester_controller.mirror.cluster.watch import Scope

pytestmark = pytest.mark.anyio


def tree(name: str, text: str = "test.nop") -> Json:
    return {"files": {f"states/{name}.zy": f"{name}: {text}\n"}}


async def test_many_updates_of_one_object_end_at_the_last(cluster: Mirrored) -> None:
    async with cluster.running():
        for number in range(300):
            await cluster.apply("StateTree", "web", tree("web", f"test.nop # {number}"))
        await cluster.becomes("StateTree", "web", "Published")
        assert (await cluster.published())["states/web.zy"] == "web: test.nop # 299\n"
        head = await cluster.head()
        assert head is not None
        assert head.revision < 150, "changes are gathered"


@pytest.mark.parametrize("fate", list(Fate))
async def test_watches_that_end_are_begun_anew(cluster: Mirrored, fate: Fate) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.becomes("StateTree", "one", "Published")
        assert cluster.api.faults.end_watches(fate)
        await cluster.apply("StateTree", "two", tree("two"))
        await cluster.becomes("StateTree", "two", "Published")
        await cluster.delete("StateTree", "one")
        await cluster.publishes("states/two.zy")


async def test_an_api_server_that_is_away_changes_nothing(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.becomes("StateTree", "one", "Published")
        with cluster.api.faults.answering(503, where=lambda user, _: user.name == "mirror"):
            cluster.api.faults.end_watches()
            await anyio.sleep(3)
            assert set(await cluster.published()) == {"states/one.zy"}
        await cluster.api.stop()
        await anyio.sleep(1)
        assert set(await cluster.published()) == {"states/one.zy"}
        await cluster.api.start()
        await cluster.apply("StateTree", "two", tree("two"))
        await cluster.publishes("states/one.zy", "states/two.zy")


async def test_a_mirror_that_begins_while_lists_fail_removes_nothing(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.apply("Settings", "db", {"path": "db.zy", "data": {"a": 1}})
        await cluster.publishes("settings/db.zy", "states/one.zy")
    with cluster.api.faults.answering(
        500, where=lambda _, ask: ask.verb == "list" and ask.resource == "settings"
    ):
        async with cluster.running():
            await anyio.sleep(3)
            assert set(await cluster.published()) == {"settings/db.zy", "states/one.zy"}
            assert not cluster.checks.states()["mirror"].ok


async def test_what_changed_while_no_mirror_ran_is_made_up_for(cluster: Mirrored) -> None:
    async with cluster.running():
        for name in ("one", "two", "three"):
            await cluster.apply("StateTree", name, tree(name))
        await cluster.publishes("states/one.zy", "states/three.zy", "states/two.zy")
    await cluster.delete("StateTree", "one")
    await cluster.apply("StateTree", "two", tree("two", "test.nop # new"))
    await cluster.apply("StateTree", "four", tree("four"))
    async with cluster.running():
        await cluster.gone("StateTree", "one")
        found = await cluster.publishes("states/four.zy", "states/three.zy", "states/two.zy")
        assert found["states/two.zy"] == "two: test.nop # new\n"


async def test_a_namespace_that_lost_all_objects_unseen_stays_published(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.becomes("StateTree", "one", "Published")
    released: Json = {"metadata": {"finalizers": []}}
    await cluster.kube.merge(cluster.path("StateTree", "one"), released)
    await cluster.delete("StateTree", "one")
    await cluster.gone("StateTree", "one")
    await cluster.apply("StateTree", "two", tree("two"), space="default")
    async with cluster.running():
        await cluster.publishes("states/two.zy", space="default")
        await anyio.sleep(1)
        assert set(await cluster.published()) == {"states/one.zy"}
        note = {"zester.dev/confirm-deletion": "1"}
        spec: Json = {"target": "*", "states": ["gone"]}
        await cluster.apply("TopAssignment", "top", spec, annotations=note)
        await cluster.publishes()


async def test_a_second_run_writes_nothing_when_all_is_as_it_was(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.apply("TopAssignment", "one", {"target": "*", "states": ["one"]})
        await cluster.becomes("TopAssignment", "one", "Published")
        await cluster.becomes("StateTree", "one", "Published")
    before = [(await cluster.get("StateTree", "one")).body, await cluster.head()]
    cluster.api.record.asked.clear()
    async with cluster.running():

        async def looked() -> bool:
            return cluster.checks.states()["mirror"].ok

        await eventually("everything was listed", looked)
        await anyio.sleep(2)
    assert [(await cluster.get("StateTree", "one")).body, await cluster.head()] == before
    assert not cluster.api.record.of(verb="patch")
    assert not cluster.api.record.of(verb="create")


async def test_a_token_that_is_replaced_is_read_again(cluster: Mirrored) -> None:
    user = service_account("zester", "master")
    await _grant(cluster, user.name)
    cluster.user = user
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.becomes("StateTree", "one", "Published")
        path = cluster.api.folder / f"{user.name.replace(':', '-')}.kubeconfig"
        old = yaml.safe_load(path.read_text())["users"][0]["user"]["token"]
        cluster.api.kubeconfig(user)
        cluster.api.cluster.tokens.revoke(old)
        cluster.api.faults.end_watches()
        await cluster.apply("StateTree", "two", tree("two"))
        await cluster.becomes("StateTree", "two", "Published")


async def test_rights_in_one_namespace_are_enough_to_mirror_it(cluster: Mirrored) -> None:
    user = service_account("zester", "master")
    await _grant(cluster, user.name, namespace=SPACE)
    cluster.user = user
    cluster.rules = replace(cluster.rules, scope=Scope((SPACE,)))
    await cluster.apply("StateTree", "before", tree("before"))
    async with cluster.running():
        await cluster.becomes("StateTree", "before", "Published")
        await cluster.apply("StateTree", "web", tree("web"))
        await cluster.becomes("StateTree", "web", "Published")
        await cluster.delete("StateTree", "before")
        await cluster.gone("StateTree", "before")
        await cluster.publishes("states/web.zy")


async def test_a_bus_that_was_away_gets_what_it_missed(
    server: EmbeddedServer, cluster: Mirrored, tmp_path: Path
) -> None:
    async with open_bus([server.url], name="mirror") as own, cluster.running(own):
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.becomes("StateTree", "one", "Published")
        await server.stop()
        await cluster.apply("StateTree", "two", tree("two"))
        await anyio.sleep(1)
        await server.start()
        await cluster.publishes("states/one.zy", "states/two.zy")
        await cluster.becomes("StateTree", "two", "Published")


async def test_nothing_of_kopf_is_ever_written(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "one", tree("one"))
        await cluster.becomes("StateTree", "one", "Published")
    metadata = (await cluster.get("StateTree", "one")).metadata
    assert "annotations" not in metadata
    managers = {each["manager"] for each in metadata["managedFields"]}
    assert managers == {"test", "zester-mirror"}
    media = {each.media for each in cluster.api.record.of(verb="patch")}
    assert media == {"application/apply-patch+yaml"}
    events = (await cluster.kube.get(f"/api/v1/namespaces/{SPACE}/events")).body["items"]
    assert [event["reason"] for event in events] == ["Published"]
    assert shared_realm() is not None


async def test_two_thousand_objects_at_once_move_one_head(cluster: Mirrored) -> None:
    names = [f"t{number}" for number in range(2000)]
    cluster.api.add(*(cluster.body("StateTree", name, tree(name)) for name in names))
    async with cluster.running():

        async def all_there() -> bool:
            return len(await cluster.entries()) == len(names)

        await eventually("2,000 objects are published", all_there)
        head = await cluster.head()
        assert head is not None
        assert head.revision == 1


async def _grant(cluster: Mirrored, user: str, namespace: str = "") -> None:
    """Give a service account what the chart gives it."""
    rules: list[Json] = [
        {
            "apiGroups": ["zester.dev"],
            "resources": ["*"],
            "verbs": ["get", "list", "watch", "patch"],
        },
        {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
    ]
    if not namespace:
        rules += [
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "watch"]},
            {
                "apiGroups": ["apiextensions.k8s.io"],
                "resources": ["customresourcedefinitions"],
                "verbs": ["get", "list", "watch"],
            },
        ]
    _, _, space, name = user.split(":")
    kind = "Role" if namespace else "ClusterRole"
    place = f"/namespaces/{namespace}" if namespace else ""
    base = f"/apis/rbac.authorization.k8s.io/v1{place}"
    api = "rbac.authorization.k8s.io/v1"
    role: Json = {"apiVersion": api, "kind": kind, "metadata": {"name": "mirror"}, "rules": rules}
    binding: Json = {
        "apiVersion": api,
        "kind": f"{kind}Binding",
        "metadata": {"name": "mirror"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "mirror"},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": space}],
    }
    for plural, body in ((f"{kind.lower()}s", role), (f"{kind.lower()}bindings", binding)):
        assert (await cluster.kube.create(f"{base}/{plural}", body)).code == 201
