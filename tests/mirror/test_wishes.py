"""What objects ask of the mirror itself: how often to look, how much may go, whom to tell what."""

from __future__ import annotations

import base64

import pytest

from support.kubernetes.mirrored import SPACE, Mirrored, eventually
from support.kubernetes.objects.json_value import Json
from zester.bus.link.connection import open_bus
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BadSignature, BusUnavailable, RevisionConflict
from zester.resources.kubernetes.parts.duration import seconds
from zester_controller.mirror.report import unable
from zester_controller.mirror.report.unable import problem_of

pytestmark = pytest.mark.anyio


def tree(count: int, **more: object) -> Json:
    files = {f"states/s{number}.zy": "a: test.nop\n" for number in range(count)}
    return {"files": files, **more}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("90s", 90), ("1h30m", 5400), ("1.5h", 5400), ("250ms", 0.25), ("10m", 600), ("0s", 0)],
)
def test_durations_are_read_as_go_writes_them(text: str, wanted: float) -> None:
    assert seconds(text) == pytest.approx(wanted)


async def test_a_value_is_read_again_when_its_object_asks_for_it(cluster: Mirrored) -> None:
    path = f"/api/v1/namespaces/{SPACE}/secrets"
    secret: Json = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "namespace": SPACE},
        "data": {"password": base64.b64encode(b"one").decode()},
    }
    reference = {"name": "db", "key": "password"}
    spec: Json = {
        "path": "db.zy",
        "valuesFrom": [{"secretKeyRef": reference, "targetPath": "password"}],
        "interval": "1s",
        "retryInterval": "1s",
    }
    async with cluster.running():
        await cluster.apply("Settings", "db", spec)
        await cluster.becomes("Settings", "db", "ReferenceNotFound")
        assert (await cluster.kube.create(path, secret)).code == 201
        await cluster.becomes("Settings", "db", "Published")
        first = await cluster.head()
        assert first is not None

        changed = {"data": {"password": base64.b64encode(b"two").decode()}}
        assert (await cluster.kube.merge(f"{path}/db", changed)).code == 200

        async def moved() -> bool:
            head = await cluster.head()
            return head is not None and head.revision > first.revision

        await eventually("what changed is published", moved)
        second = await cluster.head()
        assert second is not None

        assert (await cluster.kube.merge(f"{path}/db", {"data": {"password": None}})).code == 200
        _, _, message = await cluster.becomes("Settings", "db", "ReferenceNotFound")
        assert message.startswith("Secret db has no key 'password'")
        assert (await cluster.head()) == second


async def test_no_more_files_go_at_once_than_an_object_allows(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree(8, maxDelete="25%"))
        await cluster.becomes("StateTree", "web", "Published")
        await cluster.apply("StateTree", "web", tree(6, maxDelete="25%"))
        await cluster.becomes("StateTree", "web", "Published")
        assert len(await cluster.entries()) == 6
        await cluster.apply("StateTree", "web", tree(2, maxDelete=3))
        _, _, message = await cluster.becomes("StateTree", "web", "DeletionGuard")
        assert message.startswith("4 of 6 files would be removed from peels at once")
        assert len(await cluster.entries()) == 6
        await cluster.annotate("StateTree", "web", confirm_deletion="4")
        await cluster.becomes("StateTree", "web", "Published")
        assert len(await cluster.entries()) == 2


async def test_a_publisher_that_is_not_believed_any_more_is_told(
    cluster: Mirrored,
) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", tree(1))
        await cluster.becomes("StateTree", "web", "Published")
        credentials = next(cluster.folder.rglob("publisher*"))
        kept = credentials.read_bytes()
        credentials.write_bytes(b"nothing that vouches for anybody")
        await cluster.apply("StateTree", "web", tree(2))
        status, _, message = await waited(cluster, "web", "SignatureRefused")
        assert status == "False"
        assert message.startswith("nobody would believe this publisher")
        body = (await cluster.get("StateTree", "web")).body
        assert body["status"]["publishedRevision"] == 1
        assert body["status"]["observedGeneration"] == 1
        assert len(await cluster.entries()) == 1
        credentials.write_bytes(kept)
        await cluster.becomes("StateTree", "web", "Published")
        assert len(await cluster.entries()) == 2


async def test_a_bus_that_stays_away_is_told(
    server: EmbeddedServer, cluster: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unable, "PATIENCE", 0.1)
    async with open_bus([server.url], name="mirror") as own, cluster.running(own):
        await cluster.apply("StateTree", "web", tree(1))
        await cluster.becomes("StateTree", "web", "Published")
        await server.stop()
        await cluster.apply("StateTree", "web", tree(2))
        status, _, message = await waited(cluster, "web", "NatsUnavailable")
        assert status == "Unknown"
        assert message.endswith("peels go on as before")
        assert (await cluster.condition("StateTree", "web", "Reconciling"))[0] == "True"
        body = (await cluster.get("StateTree", "web")).body
        assert body["status"]["publishedRevision"] == 1
        await server.start()
        await cluster.becomes("StateTree", "web", "Published")
        assert (await cluster.condition("StateTree", "web", "Reconciling"))[0] == ""


async def waited(cluster: Mirrored, name: str, reason: str) -> tuple[str, str, str]:
    """Wait until Ready has a reason, whichever generation it is about."""

    async def holds() -> bool:
        return (await cluster.condition("StateTree", name))[1] == reason

    await eventually(f"StateTree {name} is {reason}", holds)
    return await cluster.condition("StateTree", name)


def test_only_trouble_with_the_bus_and_with_trust_is_told_to_objects() -> None:
    away, refused = problem_of(BusUnavailable("x")), problem_of(BadSignature("who was it"))

    assert away is not None
    assert refused is not None
    assert (away.reason, refused.reason) == ("NatsUnavailable", "SignatureRefused")
    assert "who was it" in refused.message
    assert problem_of(RevisionConflict("y")) is None
