"""``prune`` of one StateTree, as a peel carries it out."""

from __future__ import annotations

from typing import Any

import pytest

from support.machines.followed import TOP, Followed
from zester.resources.manifest import FileEntry
from zester_controller.mirror.objects.key import ObjectKey
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.draft import Ground, draft_of
from zester_controller.mirror.plan.files import Surroundings
from zester_controller.mirror.plan.layout import Layout

pytestmark = pytest.mark.anyio


def files(*names: str) -> str:
    """States that make files, and the folder they are in."""
    made = [f"/srv/{name}:\n  file.managed:\n    - contents: x\n" for name in names]
    return "".join(made) or "{}\n"


def there(followed: Followed) -> list[str]:
    return sorted(each.name for each in (followed.root / "srv").iterdir())


async def begun(followed: Followed, *names: str, **spec: Any) -> None:  # noqa: ANN401 - of a StateTree
    """Have a StateTree make files; ``mine`` is there before."""
    (followed.root / "srv").mkdir()
    (followed.root / "srv/mine").write_text("mine")
    await followed.states(files(*names), **spec)
    await followed.cluster.apply("TopAssignment", "web", TOP)
    await followed.cluster.becomes("StateTree", "web", "Published")
    await followed.settled()


async def comes_again(followed: Followed) -> None:
    """Have a deleted StateTree make a file anew, for the assignment that is still there."""
    await followed.states(files("a"))
    await followed.cluster.becomes("TopAssignment", "web", "Published")
    await followed.settled()
    assert there(followed) == ["a", "mine"]


async def test_what_a_tree_made_goes_with_its_state_and_what_was_there_stays(
    followed: Followed,
) -> None:
    async with followed.running():
        await begun(followed, "a", "b", "mine")
        await followed.states(files("b"))
        await followed.cluster.becomes("StateTree", "web", "Published")
        status = await followed.settled()
        assert there(followed) == ["b", "mine"]
        assert status.last_run is not None
        assert status.last_run.changed == 1


async def test_a_tree_that_says_no_leaves_everything_also_what_it_says_so_with(
    followed: Followed,
) -> None:
    async with followed.running():
        await begun(followed, "a", "b", "c", prune=False)
        await followed.states(files("b", "c"), prune=False)
        await followed.settled()
        await followed.states(files("b", "c"), prune=True)
        await followed.settled()
        await followed.states(files("b"), prune=False)
        await followed.cluster.becomes("StateTree", "web", "Published")
        await followed.settled()
        assert there(followed) == ["a", "b", "c", "mine"]


async def test_each_tree_is_asked_for_itself_also_when_it_is_deleted(followed: Followed) -> None:
    cluster = followed.cluster
    async with followed.running():
        await begun(followed, "a")
        await followed.states(files("kept"), "keep", prune=False)
        await followed.states(files("orphan"), "orphan", deletionPolicy="Orphan")
        await followed.states(files("more"), "more")
        names = ("keep", "orphan", "more")
        for name in names:
            top = {"target": "web-*", "states": [name]}
            await cluster.apply("TopAssignment", name, top)
            await cluster.becomes("TopAssignment", name, "Published")
        await followed.settled()
        assert there(followed) == ["a", "kept", "mine", "more", "orphan"]
        for name in names:
            await cluster.delete("TopAssignment", name)
            await cluster.gone("TopAssignment", name)
            await cluster.delete("StateTree", name)
            await cluster.gone("StateTree", name)
        assert "states/orphan.zy" in await cluster.published()
        await followed.settled()
        assert there(followed) == ["a", "kept", "mine", "orphan"]


async def test_it_goes_as_well_when_a_tree_is_deleted_and_still_assigned(
    followed: Followed,
) -> None:
    cluster = followed.cluster
    async with followed.running():
        await begun(followed, "a")
        await cluster.apply("Settings", "rest", {"path": "rest.zy", "data": {"a": 1}})
        await cluster.becomes("Settings", "rest", "Published")
        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")
        await cluster.becomes("TopAssignment", "web", "ReferenceNotFound")
        await followed.settled()
        assert there(followed) == ["mine"]
        await comes_again(followed)


async def test_it_goes_with_the_last_tree_and_with_the_last_assignment(
    followed: Followed,
) -> None:
    cluster = followed.cluster
    async with followed.running():
        await begun(followed, "a", "b")
        await cluster.delete("StateTree", "web")
        await cluster.gone("StateTree", "web")
        await cluster.publishes()
        await followed.settled()
        assert there(followed) == ["mine"]
        await comes_again(followed)
        await cluster.delete("TopAssignment", "web")
        await cluster.gone("TopAssignment", "web")
        await cluster.publishes("states/web.zy", "states/top.d/0000-prod.zy")
        await followed.settled()
        assert there(followed) == ["mine"]


async def test_too_much_at_once_is_held_back_and_no_object_is_ready_meanwhile(
    followed: Followed,
) -> None:
    cluster, many = followed.cluster, [f"n{number}" for number in range(25)]
    async with followed.running():
        await begun(followed, *many)
        await followed.states(files())
        status, _, _ = await cluster.becomes("StateTree", "web", "PeelsDrifted")
        assert status == "False"
        assert len(there(followed)) == 26
        options = {"files": {"zester.yaml": "max_prune: 25\n"}}
        await cluster.apply("StateTree", "options", options)
        assert (await cluster.becomes("StateTree", "web", "Published"))[0] == "True"
        assert there(followed) == ["mine"]


def test_files_that_outlive_their_object_ask_for_nothing_any_more() -> None:
    metadata = {"name": "web", "namespace": "web", "uid": "1", "deletionTimestamp": "2026-01-01"}
    going = Candidate.read(
        ObjectKey("statetrees", "web", "web"),
        {
            "apiVersion": "zester.dev/v1alpha1",
            "metadata": metadata,
            "spec": {"files": {"states/a.zy": ""}},
        },
    )
    entry = FileEntry(digest="a" * 64, size=1, origin=going.origin, wishes=("prune",))
    ground = Ground({"states/a.zy": entry}, ("statetrees",), orphaning=("1",))
    draft = draft_of([going], ground, Surroundings("base", "prod", Layout(), {}), {})
    kept = draft.carried["states/a.zy"]
    assert (kept.origin, kept.wishes) == ("orphan/StateTree/web", ())
