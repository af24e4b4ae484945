"""Node groups of the tree that was pushed, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.operators import MakeJobPeel, Zester, announce
from support.peel import push_as_publisher
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

GROUPS = {"fronts": "L@web-1,web-2", "debians": "G@os:Debian and N@fronts"}


@pytest.fixture
async def pushed(trusted_server: EmbeddedServer, tmp_path: Path) -> None:
    said = "".join(f"{name}: {target}\n" for name, target in GROUPS.items())
    await push_as_publisher(trusted_server, tmp_path / "tree", {"nodegroups.yaml": said})


def _node(name: str, os: str = "Debian") -> NodeView:
    return NodeView(name, {"os": os}, groups=GROUPS)


@pytest.mark.usefixtures("pushed")
async def test_groups_mean_the_same_on_every_way_to_send(
    zester: Zester, job_peel: MakeJobPeel
) -> None:
    async with job_peel(_node("web-1")), job_peel(_node("web-2", "Rocky")), job_peel(_node("db")):
        for words, wanted in (
            (("-N", "fronts"), ["web-1", "web-2"]),
            (("N@fronts",), ["web-1", "web-2"]),
            (("-b", "1", "N@debians"), ["web-1"]),
            (("--subset", "2", "not N@fronts"), ["db"]),
            (("R@%fronts,&web-2",), ["web-2"]),
        ):
            done = await zester(*words, "test.ping", "-o", "json")
            assert done.returncode == 0, done.stderr
            assert [each["peel"] for each in json.loads(done.stdout)] == wanted, words


@pytest.mark.usefixtures("pushed")
async def test_a_silent_peel_of_a_group_is_named(
    zester: Zester, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, _node("web-2"), live=False)
    async with job_peel(_node("web-1")):
        done = await zester("-N", "fronts", "test.ping")
        assert done.returncode == 3
        assert "no answer from 1: web-2\n" in done.stderr


async def test_a_group_without_a_tree_is_an_error(zester: Zester) -> None:
    done = await zester("-N", "fronts", "test.ping")
    assert done.returncode == 1
    assert "there is no node group 'fronts'" in done.stderr


@pytest.mark.usefixtures("pushed")
async def test_a_group_that_is_not_there_is_pointed_at(zester: Zester) -> None:
    done = await zester("web* and N@front", "test.ping")
    assert done.returncode == 1
    assert "there is no node group 'front'; did you mean 'fronts'?" in done.stderr
    assert "  web* and N@front\n             ^\n" in done.stderr
