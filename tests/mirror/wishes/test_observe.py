"""``mode: observe`` of one object, as a peel that enforces carries it out."""

from __future__ import annotations

import pytest

from support.machines.followed import TOP, Followed
from support.peel import Peel, until

pytestmark = pytest.mark.anyio

STATE = "/NAME:\n  file.managed:\n    - contents: one\n"


def state(name: str) -> str:
    return STATE.replace("NAME", name)


async def left_alone(followed: Followed, peel: Peel, name: str) -> None:
    """Wait until an object tells of drift, the peel being otherwise as it should be."""
    cluster = followed.cluster
    status, reason, _ = await cluster.becomes("StateTree", name, "PeelsDrifted")
    assert status == "False"
    assert (await cluster.condition("StateTree", name, "Drifted"))[:2] == ("True", reason)
    counts = (await cluster.get("StateTree", name)).body["status"]
    assert (counts["driftedPeels"], counts["readyPeels"]) == (1, 0)
    assert (peel.root / "enforced").read_text() == "one\n"
    assert not (peel.root / "looked").exists()


async def test_a_tree_that_is_looked_at_is_told_of_and_never_changed(followed: Followed) -> None:
    cluster = followed.cluster
    async with followed.running() as peel:
        await followed.states(state("enforced"))
        await followed.states(state("looked"), "look", mode="observe")
        await cluster.apply("TopAssignment", "web", {**TOP, "states": ["web", "look"]})
        await left_alone(followed, peel, "look")
        (peel.root / "enforced").write_text("by hand")

        async def corrected() -> bool:
            return (peel.root / "enforced").read_text() == "one\n"

        await until("the other tree is enforced", corrected)
        assert not (peel.root / "looked").exists()
        (peel.root / "looked").write_text("one\n")
        assert (await cluster.becomes("StateTree", "look", "Published"))[0] == "True"
        (peel.root / "looked").write_text("two\n")
        await cluster.becomes("StateTree", "look", "PeelsDrifted")
        await followed.states(state("looked"), "look", mode="enforce")
        assert (await cluster.becomes("StateTree", "look", "Published"))[0] == "True"
        assert (peel.root / "looked").read_text() == "one\n"
        await followed.states("{}\n", "look", mode="observe")
        await cluster.becomes("StateTree", "look", "Published")
        await followed.settled()
        assert (peel.root / "looked").exists(), "what is looked at is not taken away"


async def test_who_also_assigns_a_tree_to_be_enforced_has_the_last_word(
    followed: Followed,
) -> None:
    cluster = followed.cluster
    looking = {"target": "*", "states": ["look"], "mode": "observe"}
    async with followed.running() as peel:
        await followed.states(state("enforced"))
        await followed.states(state("looked"), "look")
        await cluster.apply("TopAssignment", "web", TOP)
        await cluster.apply("TopAssignment", "look", looking)
        await left_alone(followed, peel, "look")
        status, reason, _ = await cluster.becomes("TopAssignment", "look", "PeelsDrifted")
        assert (status, reason) == ("False", "PeelsDrifted")
        await cluster.apply("TopAssignment", "web", {**TOP, "states": ["web", "look"]})
        assert (await cluster.becomes("TopAssignment", "web", "Published"))[0] == "True"
        assert (peel.root / "looked").read_text() == "one\n"
        await cluster.apply("TopAssignment", "web", TOP)
        await cluster.becomes("TopAssignment", "web", "Published")
        (peel.root / "looked").write_text("two\n")
        await cluster.becomes("TopAssignment", "look", "PeelsDrifted")
        assert (peel.root / "looked").read_text() == "two\n"
