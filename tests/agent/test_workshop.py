"""Compiling and rendering in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from importlib.metadata import version
from pathlib import Path

import anyio
import pytest

from support.dev import alive, tied
from support.dev import until as spin
from support.peel import until
from zester.errors import CompileError, RenderError
from zester.targeting.node import NodeView
from zester.trees.cache import BlobCache
from zester.trees.digest import digest_of
from zester_peel.agent.workshop.near_workshop import NearWorkshop
from zester_peel.agent.workshop.orders import Compile, Made, Tree
from zester_peel.agent.workshop.renderer import WorkshopRenderer
from zester_peel.agent.workshop.workshop import DistantWorkshop
from zester_peel.host.processes.leash import Leash

pytestmark = pytest.mark.anyio

FILES = {
    "states/top.zy": "base:\n  '*':\n    - web\n",
    "states/web.zy": (
        "motd:\n  file.managed:\n    - name: /etc/motd\n"
        "    - contents: '{{ grains.os.family }} {{ pillar.colour }}'\n    - require: [test: b]\n"
        "b:\n  test.nop: []\n"
    ),
    "settings/top.zy": "base:\n  '*':\n    - s\n",
    "settings/s.zy": "colour: red\n",
    "zester.yaml": "prune: true\nmax_prune: 3\n",
}
FACTS = {"id": "web-01", "os": "Debian", "os_family": "Debian", "other": [1, {"x": None}]}


def tree(folder: Path, **changes: str) -> Tree:
    cache = BlobCache(folder / "blobs")
    blobs = {}
    for path, text in {**FILES, **{f"states/{k}.zy": v for k, v in changes.items()}}.items():
        data = text.encode()
        cache.write(digest_of(data), data)
        blobs[path] = (digest_of(data),)
    return Tree("base", NodeView(id="web-01", facts=FACTS), blobs, str(cache.folder))


@pytest.fixture
def leash(tmp_path: Path) -> Leash:
    return Leash(tmp_path / "commands")


@pytest.fixture
async def workshop(leash: Leash) -> AsyncIterator[DistantWorkshop]:
    workshop = DistantWorkshop(leash)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(workshop.run)
        yield workshop
        tasks.cancel_scope.cancel()


def workers(folder: Path) -> list[int]:
    return tied(folder / "commands")


def _gone(pid: int) -> bool:
    return not alive(pid)


async def made_by(workshop: DistantWorkshop | NearWorkshop, wanted: Tree) -> Made:
    made = await workshop.ask(Compile(wanted))
    assert isinstance(made, Made)
    return made


async def test_another_process_makes_the_same_of_a_tree(
    workshop: DistantWorkshop, tmp_path: Path
) -> None:
    wanted = tree(tmp_path)
    made = await made_by(workshop, wanted)
    assert made == await made_by(NearWorkshop(), wanted)
    assert made.chunks[1].args == {"contents": "debian red"}
    assert made.options.max_prune == 3
    assert workers(tmp_path)


async def test_what_is_wrong_with_a_tree_is_said_at_its_place(
    workshop: DistantWorkshop, tmp_path: Path
) -> None:
    with pytest.raises(RenderError) as distant:
        await workshop.ask(Compile(tree(tmp_path, web="a: 1\nb: {{ nope.x }}\n")))
    with pytest.raises(RenderError) as near:
        await NearWorkshop().ask(Compile(tree(tmp_path, web="a: 1\nb: {{ nope.x }}\n")))
    error = distant.value
    assert str(error).startswith("states/web.zy:2")
    assert (str(error), error.hint, error.excerpt, error.trail) == (
        str(near.value),
        near.value.hint,
        near.value.excerpt,
        near.value.trail,
    )
    with pytest.raises(CompileError):
        await workshop.ask(Compile(tree(tmp_path, top="base:\n  '*':\n    - gone\n")))


async def test_files_are_rendered_with_settings_and_facts_also_by_a_process_that_is_new(
    workshop: DistantWorkshop, tmp_path: Path
) -> None:
    wanted = tree(tmp_path, part="{% set y = 2 %}")
    renderer = WorkshopRenderer(workshop, wanted, await made_by(workshop, wanted))
    text = "{{ pillar.colour }} {{ grains.id }} {{ x }}"
    for _ in range(2):
        assert await renderer.render(text, name="a", sls="web", context={"x": 1}) == "red web-01 1"
        (worker,) = workers(tmp_path)
        os.kill(worker, signal.SIGKILL)
        spin("it has ended", partial(_gone, worker))
    assert renderer.facts == frozenset({"id"})
    part = "{% from 'part.zy' import y %}{{ y }}"
    assert await renderer.render(part, name="a", sls="web", context={}) == "2"
    assert "states/part.zy" in renderer.reads
    assert renderer.value("settings", "colour", delimiter=":", default=None) == "red"
    assert renderer.value("facts", "other:1:x", delimiter=":", default=1) is None
    assert renderer.facts is not None
    assert renderer.facts >= {"id", "other"}
    with pytest.raises(RenderError, match="web/a:1"):
        await renderer.render("{{ nope }}", name="salt://web/a", sls="web", context={})


async def test_two_trees_are_rendered_in_turns(workshop: DistantWorkshop, tmp_path: Path) -> None:
    one, other = tree(tmp_path, v="{% set v = 1 %}"), tree(tmp_path, v="{% set v = 2 %}")
    first = WorkshopRenderer(workshop, one, await made_by(workshop, one))
    second = WorkshopRenderer(workshop, other, await made_by(workshop, other))
    text = "{% from 'v.zy' import v %}{{ v }}"
    for _ in range(2):
        assert await first.render(text, name="a", sls="", context={}) == "1"
        assert await second.render(text, name="a", sls="", context={}) == "2"


async def test_what_code_of_a_tree_prints_or_reads_stays_out_of_the_answers(
    workshop: DistantWorkshop, tmp_path: Path
) -> None:
    code = "#!py\nimport os, sys\ndef run():\n    print('x' * 10)\n    os.write(1, b'y')\n"
    code += "    return {sys.stdin.read() or 'empty': {'test.nop': []}}\n"
    made = await made_by(workshop, tree(tmp_path, web=code))
    assert [chunk.id for chunk in made.chunks] == ["empty"]


async def test_the_process_ends_when_there_is_nothing_to_do(leash: Leash, tmp_path: Path) -> None:
    workshop = DistantWorkshop(leash, rest=0.02)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(workshop.run)
        for _ in range(2):
            await made_by(workshop, tree(tmp_path))
            await until("it has ended", lambda: not workers(tmp_path))
        tasks.cancel_scope.cancel()


async def test_nothing_of_it_goes_on_when_the_agent_stops(leash: Leash, tmp_path: Path) -> None:
    workshop = DistantWorkshop(leash)
    slow = "#!py\nimport time\ndef run():\n    time.sleep(100)\n"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(workshop.run)
        tasks.start_soon(workshop.ask, Compile(tree(tmp_path, web=slow)))
        await until("it has been started", lambda: workers(tmp_path))
        (worker,) = workers(tmp_path)
        tasks.cancel_scope.cancel()
    assert not alive(worker)
    assert workers(tmp_path) == []


@pytest.mark.parametrize(
    ("loading", "unwanted"),
    [
        ("import zester_peel.main.daemon", {"jinja2", "yaml"}),
        (
            "from zester_peel.main.lean import agent; agent()",
            {
                "jinja2",
                "yaml",
                "importlib.metadata",
                "zipfile",
                "csv",
                "tempfile",
                "click",
                "aiohttp",
            },
        ),
        (
            "import zester_peel.agent.workshop.__main__",
            {"asyncio", "nats", "pydantic", "ssl"},
        ),
    ],
)
async def test_neither_side_imports_what_only_the_other_one_needs(
    loading: str, unwanted: set[str]
) -> None:
    code = f"{loading}; import sys; print(*sys.modules)"
    done = await anyio.run_process((sys.executable, "-c", code))
    assert not unwanted & set(done.stdout.decode().split())


async def test_the_agent_can_ask_for_installed_packages_once_it_is_loaded() -> None:
    code = (
        "from zester_peel.main.lean import agent; agent()\n"
        "from importlib.metadata import version; print(version('pydantic'))"
    )
    done = await anyio.run_process((sys.executable, "-c", code))
    assert done.stdout.decode().strip() == version("pydantic")
