"""Objects become one source of their namespace, and are told what came of it."""

from __future__ import annotations

import pytest

from support.kubernetes.mirrored import Mirrored, eventually
from support.sealing import Sealing
from support.trusted import shared_realm
from zester_controller.mirror.report import recipients

pytestmark = pytest.mark.anyio

WEB = {"files": {"states/web.zy": "web: test.nop\n"}}
TOP = {"target": "web-* and G@os:Debian", "states": ["web"]}


async def test_objects_that_were_there_before_are_published_with_one_move_of_the_head(
    cluster: Mirrored,
) -> None:
    await cluster.apply("StateTree", "web", WEB)
    await cluster.apply("TopAssignment", "web", TOP)
    await cluster.apply("Settings", "db", {"path": "db.zy", "data": {"password": "x"}})
    async with cluster.running():
        found = await cluster.publishes(
            "settings/db.zy", "states/top.d/0100-prod-web-web.zy", "states/web.zy"
        )
        assert found["states/web.zy"] == "web: test.nop\n"
        assert found["states/top.d/0100-prod-web-web.zy"].splitlines() == [
            "#!yaml",
            '"base":',
            '  "web-* and G@os:Debian":',
            '    - "web"',
        ]
        assert found["settings/db.zy"].startswith("sealed: kube/prod/web.")
        head = await cluster.head()
        assert head is not None
        assert head.revision == 1
        assert head.author == "kube/prod"
        for kind, name in (("StateTree", "web"), ("TopAssignment", "web"), ("Settings", "db")):
            assert (await cluster.becomes(kind, name, "Published"))[0] == "True"
        status = (await cluster.get("StateTree", "web")).body["status"]
        assert status["publishedRevision"] == 1
        assert status["publishedManifest"] == head.manifest
        assert status["fileCount"] == 1
        assert status["observedGeneration"] == 1


async def test_a_change_and_a_deletion_move_the_head(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        await cluster.apply("StateTree", "more", {"files": {"states/more.zy": "{}\n"}})
        await cluster.publishes("states/web.zy", "states/more.zy")
        body = (await cluster.get("StateTree", "web")).body
        assert body["metadata"]["finalizers"] == ["zester.dev/mirror"]
        assert "annotations" not in body["metadata"]

        await cluster.apply("StateTree", "web", {"files": {"states/new.zy": "new: test.nop\n"}})
        await cluster.publishes("states/new.zy", "states/more.zy")
        await cluster.becomes("StateTree", "web", "Published")

        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")
        await cluster.publishes("states/more.zy")


async def test_settings_tell_how_many_peels_have_their_key(
    cluster: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "FRESH_FOR", 0.0)
    async with cluster.running():
        spec = {"path": "db.zy", "data": {"password": "x"}, "interval": "1s"}
        await cluster.apply("Settings", "db", spec)
        await cluster.becomes("Settings", "db", "Published")
        assert (await cluster.get("Settings", "db")).body["status"]["recipients"] == 0
        top = {"target": "web-*", "settings": ["db"]}
        await cluster.apply("TopAssignment", "db", top)
        await cluster.becomes("TopAssignment", "db", "Published")
        sealing = Sealing.of(shared_realm())
        for name in ("web-1", "web-2", "db-1"):
            await sealing.enrol(cluster.bus, name)

        async def told() -> bool:
            status = (await cluster.get("Settings", "db")).body["status"]
            return bool(status["recipients"] == 2)

        await eventually("two peels have the key", told)
