"""Facts that commands set: kept, published, never those of the machine itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest

from zester.errors import FactError
from zester.targeting.node import NodeView
from zester_peel.agent.machine.machine import Machine
from zester_peel.agent.machine.own_facts import FILE, StoredFacts
from zester_peel.host.linux import LinuxHost
from zester_peel.modules.calling.binding import bind
from zester_peel.modules.calling.call import Call, OwnFacts, RunningJobs, States
from zester_peel.modules.calling.registry import find

pytestmark = pytest.mark.anyio


@dataclass(frozen=True)
class Alone:
    """A machine below a folder, without an agent."""

    machine: Machine
    host: LinuxHost
    own_facts: OwnFacts

    @property
    def jobs(self) -> RunningJobs:
        raise AssertionError("no jobs here")

    @property
    def states(self) -> States:
        raise AssertionError("no states here")

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.machine.facts

    async def quick_view(self) -> NodeView:
        return NodeView(self.machine.node, self.machine.facts)

    async def view(self) -> NodeView:
        return await self.quick_view()


Run = Callable[..., Coroutine[Any, Any, Any]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/os-release").write_text("ID=debian\n")
    return tmp_path


@pytest.fixture
def run(root: Path) -> Run:
    """``await run("facts.set", "role", "web")``; ``dry=True`` as with ``--test``."""
    machine, host = Machine("n1", root), LinuxHost(root)

    async def collect() -> None:
        machine.refresh()

    around = Alone(machine, host, StoredFacts(machine, host, machine.refresh, collect))

    async def call(name: str, *args: object, dry: bool = False, **kwargs: object) -> Any:  # noqa: ANN401 - any value
        function = find(name)
        bound = bind(name, function, args, kwargs)
        return await function(Call(around, test=dry), *bound.args, **bound.kwargs)

    return call


async def test_a_fact_is_set_nested_and_removed(run: Run, root: Path) -> None:
    assert await run("grains.setval", "role", "web") == {"role": "web"}
    assert await run("facts.get", "role") == "web"
    assert await run("facts.set", "site:dc", "fra1") == {"site:dc": "fra1"}
    assert await run("facts.set", "site:rack", 7) == {"site:rack": 7}
    assert await run("facts.get", "site") == {"dc": "fra1", "rack": 7}
    assert await run("grains.setvals", {"a": 1, "b": [2]}) == {"a": 1, "b": [2]}
    assert await run("grains.equals", "a", "1")
    kept = json.loads((root / FILE[1:]).read_text())
    assert kept == {"role": "web", "site": {"dc": "fra1", "rack": 7}, "a": 1, "b": [2]}
    assert await run("grains.delval", "role") == {"role": None}
    assert await run("facts.item", "role") == {"role": None}
    for key in ("role", "site:dc", "a", "b"):
        await run("grains.delkey", key)
    assert await run("facts.get", "site") == {"rack": 7}
    await run("grains.delval", "site", destructive=True)
    assert not (root / FILE[1:]).exists()
    await run("grains.delkey", "never-there")


async def test_facts_are_collected_anew_when_asked(run: Run, root: Path) -> None:
    folder = root / "etc/zester/facts.d"
    folder.mkdir(parents=True)
    assert await run("facts.get", "dc") == ""
    (folder / "site.yaml").write_text("dc: fra1\n")
    assert await run("saltutil.refresh_grains") is True
    assert await run("facts.get", "dc") == "fra1"
    assert await run("saltutil.refresh_pillar") is True


async def test_lists_grow_and_shrink(run: Run) -> None:
    assert await run("grains.append", "roles", "web") == {"roles": ["web"]}
    assert await run("grains.append", "roles", ["db", "web"]) == {"roles": ["web", "db"]}
    assert await run("grains.remove", "roles", "web") == {"roles": ["db"]}
    with pytest.raises(FactError, match="roles is a list"):
        await run("facts.set", "roles", "x")
    await run("facts.set", "roles", "x", force=True)
    with pytest.raises(FactError, match="roles is no list"):
        await run("grains.append", "roles", "y")
    assert await run("grains.append", "roles", "y", convert=True) == {"roles": ["x", "y"]}


async def test_appends_at_the_same_time_lose_nothing(run: Run) -> None:
    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(run, "facts.append", "roles", number)
    assert sorted(await run("facts.get", "roles")) == list(range(8))


async def test_what_a_file_says_beside_it_stays(run: Run, root: Path) -> None:
    folder = root / "etc/zester/facts.d"
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text("site: {dc: fra1}\n")
    await run("facts.set", "other", 1)
    await run("facts.set", "site:rack", 7)
    assert await run("facts.get", "site") == {"dc": "fra1", "rack": 7}
    await run("facts.delkey", "site")
    assert await run("facts.get", "site") == {"dc": "fra1"}
    with pytest.raises(FactError, match="site was not set by a command"):
        await run("facts.delkey", "site")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("os_family", "BeOS", "os_family: a fact of the machine itself"),
        ("labels", {"role": "db"}, "labels: a fact of the machine itself"),
        ("no name", 1, "cannot be the name of a fact"),
        ("", 1, "cannot be the name of a fact"),
        ("x", "y" * 70_000, "more than 65536 characters"),
        ("x", float("nan"), "not a fact"),
        ("os_family:x", 1, "a fact above it is no mapping"),
    ],
)
async def test_what_cannot_be_a_fact_is_refused_and_nothing_kept(
    run: Run, root: Path, key: str, value: object, message: str
) -> None:
    with pytest.raises(FactError, match=message):
        await run("facts.set", key, value, force=True)
    assert not (root / FILE[1:]).exists()


async def test_a_folder_that_others_can_write_to_is_not_believed(run: Run, root: Path) -> None:
    (root / "etc/zester/facts.d").mkdir(parents=True)
    (root / "etc/zester/facts.d").chmod(0o777)
    with pytest.raises(FactError, match="can be written by others"):
        await run("facts.set", "role", "web")
    assert not (root / FILE[1:]).exists()


async def test_a_trial_keeps_nothing(run: Run, root: Path) -> None:
    assert await run("facts.set", "role", "web", dry=True) == {"role": "web"}
    assert not (root / FILE[1:]).exists()
    with pytest.raises(FactError, match="itself"):
        await run("facts.set", "os", "BeOS", dry=True)
