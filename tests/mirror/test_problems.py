"""What cannot be published is told, and what was published last stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.kubernetes.mirrored import Mirrored
from support.trusted import publisher
from zester.trees.build import build_tree
from zester.trees.publish import Destination, publish_tree

pytestmark = pytest.mark.anyio

WEB = {"files": {"states/web.zy": "web: test.nop\n"}}


async def test_a_tree_with_errors_is_told_the_line_and_stays_as_it_was(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        await cluster.apply("StateTree", "other", {"files": {"states/other.zy": "{}\n"}})
        await cluster.publishes("states/web.zy", "states/other.zy")
        broken = "web: test.nop\nweb: test.nop\n"
        await cluster.apply("StateTree", "web", {"files": {"states/web.zy": broken}})
        _, _, message = await cluster.becomes("StateTree", "web", "RenderFailed")
        assert "states/web.zy:2: " in message
        assert message.endswith("stays published")
        assert (await cluster.condition("StateTree", "web", "Stalled"))[0] == "True"
        assert (await cluster.published())["states/web.zy"] == "web: test.nop\n"
        assert (await cluster.condition("StateTree", "other"))[0] == "True"

        await cluster.apply("StateTree", "web", WEB)
        await cluster.becomes("StateTree", "web", "Published")
        assert (await cluster.condition("StateTree", "web", "Stalled"))[0] == ""


async def test_an_assignment_of_what_is_not_there_waits_for_any_source_to_have_it(
    cluster: Mirrored, tmp_path: Path
) -> None:
    async with cluster.running():
        await cluster.apply("TopAssignment", "db", {"target": "db-*", "states": ["db"]})
        _, _, message = await cluster.becomes("TopAssignment", "db", "ReferenceNotFound")
        assert message == "there is no state file 'db'"
        (tmp_path / "git/states").mkdir(parents=True)
        (tmp_path / "git/states/db.zy").write_text("db: test.nop\n")
        (tmp_path / "git/states/top.zy").write_text("base: {'*': [db]}\n")
        tree = build_tree(tmp_path / "git")
        await publish_tree(cluster.bus, tree, Destination("base", "git"), publisher())
        await cluster.becomes("TopAssignment", "db", "Published")
        await cluster.publishes("states/top.d/0100-prod-web-db.zy")


async def test_a_target_that_cannot_be_read_is_told_where(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        await cluster.apply("TopAssignment", "web", {"target": "web-* and (", "states": ["web"]})
        _, _, message = await cluster.becomes("TopAssignment", "web", "InvalidSpec")
        assert "the target ends too early" in message


async def test_of_two_objects_with_one_path_the_one_with_the_higher_priority_has_it(
    cluster: Mirrored,
) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "low", WEB)
        await cluster.publishes("states/web.zy")
        high = {"files": {"states/web.zy": "high: test.nop\n"}, "priority": 200}
        await cluster.apply("StateTree", "high", high)
        _, _, message = await cluster.becomes("StateTree", "low", "PathConflict")
        assert message == "states/web.zy is in StateTree/high as well"
        assert (await cluster.condition("StateTree", "low", "Conflict"))[0] == "True"
        await cluster.becomes("StateTree", "high", "Published")
        assert (await cluster.published())["states/web.zy"] == "high: test.nop\n"
        await cluster.delete("StateTree", "high")
        await cluster.becomes("StateTree", "low", "Published")
        assert (await cluster.published())["states/web.zy"] == WEB["files"]["states/web.zy"]


async def test_a_path_of_another_source_is_told_to_both_sides_of_it(
    cluster: Mirrored, tmp_path: Path
) -> None:
    (tmp_path / "git/states").mkdir(parents=True)
    (tmp_path / "git/states/web.zy").write_text("git: test.nop\n")
    (tmp_path / "git/states/top.zy").write_text("base: {'*': [web]}\n")
    tree = build_tree(tmp_path / "git")
    to = Destination("base", "git", priority=500)
    await publish_tree(cluster.bus, tree, to, publisher())
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        _, _, message = await cluster.becomes("StateTree", "web", "PathConflict")
        assert message == "states/web.zy is in git and kube/prod/web; git wins"


async def test_a_suspended_object_stays_as_it_is_published(cluster: Mirrored) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        await cluster.becomes("StateTree", "web", "Published")
        changed = {"files": {"states/new.zy": "{}\n"}, "suspend": True, "suspendReason": "freeze"}
        await cluster.apply("StateTree", "web", changed)
        suspended = await cluster.becomes("StateTree", "web", "Suspended", "Suspended")
        assert suspended == ("True", "Suspended", "freeze")
        assert list(await cluster.published()) == ["states/web.zy"]
        await cluster.apply("StateTree", "web", {**changed, "suspend": False})
        await cluster.publishes("states/new.zy")


async def test_a_head_that_somebody_else_moved_is_not_moved_back_unasked(
    cluster: Mirrored, tmp_path: Path
) -> None:
    async with cluster.running():
        await cluster.apply("StateTree", "web", WEB)
        await cluster.becomes("StateTree", "web", "Published")
        (tmp_path / "hand").mkdir()
        (tmp_path / "hand/file").write_text("by hand")
        tree = build_tree(tmp_path / "hand")
        to = Destination("base", "kube/prod/web", priority=100)
        await publish_tree(cluster.bus, tree, to, publisher())
        await cluster.apply("StateTree", "web", {"files": {"states/new.zy": "{}\n"}})
        _, _, message = await cluster.becomes("StateTree", "web", "HeadConflict")
        assert message.startswith("test moved the head of kube/prod/web")
        assert await cluster.published() == {"file": "by hand"}
        await cluster.annotate("StateTree", "web", reconcile_requested_at="now")
        await cluster.publishes("states/new.zy")
        await cluster.becomes("StateTree", "web", "Published")
        status = (await cluster.get("StateTree", "web")).body["status"]
        assert status["lastHandledReconcileAt"] == "now"
