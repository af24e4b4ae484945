"""kill -9 of every process at any moment: nothing half-written, everything told once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from support.dev import Dev, until
from zester.bus.link.connection import Bus, open_bus
from zester.resources.nodes.report import RunReport

pytestmark = pytest.mark.e2e

StartDev = Callable[[int], Dev]

PAIRS = 20


def generation(number: int) -> dict[str, str]:
    """A tree whose files all carry one number; a mix of two pushes would show."""
    states = "".join(
        f"f{place}:\n  file.managed:\n    - name: /srv/f{place}\n    - makedirs: True\n"
        f"    - contents: 'generation {number} {{{{ settings.number }}}}'\n"
        for place in range(PAIRS)
    )
    return {
        "states/top.zy": "base:\n  '*':\n    - all\n",
        "states/all.zy": states,
        "settings/top.zy": "base:\n  '*':\n    - all\n",
        "settings/all.zy": f"number: {number}\n",
    }


def contents(root: Path) -> set[str]:
    return {(root / f"srv/f{place}").read_text() for place in range(PAIRS)}


def settled(made: Dev, number: int, peel: int = 1) -> Callable[[], bool]:
    def holds() -> bool:
        try:
            return contents(made.root(peel)) == {f"generation {number} {number}\n"}
        except FileNotFoundError:
            return False

    return holds


def test_a_publisher_killed_anywhere_never_shows_a_mix(dev: StartDev) -> None:
    made = dev(1)
    made.write(generation(0))
    made.zester("push", "tree", "--wait")
    chance = random.Random(7)  # noqa: S311 - repeatable moments

    for number in range(1, 13):
        made.write(generation(number))
        push = made.start("push", "tree")
        time.sleep(chance.uniform(0.05, 1.0))
        push.kill()
        push.communicate()
        found = {text.split(" ", 1)[1] for text in contents(made.root())}
        assert all(text.split()[0] == text.split()[1] for text in found), found
        assert made.status()["peel-1"]["ready"] == "True"

    made.zester("push", "tree", "--wait")
    until("the last push is followed", settled(made, 12))


def test_a_peel_killed_at_any_moment_comes_back_whole_and_tells_each_run_once(
    dev: StartDev,
) -> None:
    made = dev(1)
    chance = random.Random(11)  # noqa: S311 - repeatable moments
    for number in range(8):
        made.write(generation(number))
        made.zester("push", "tree")
        time.sleep(chance.uniform(0, 0.15))
        made.kill("peel-1")
        made.zester("dev", "start", "peel-1")
    until("converged", settled(made, 7))

    leftovers = [path for path in made.root().rglob("*") if path.name.startswith(".zester-")]
    assert leftovers == []
    anyio.run(assert_every_report_once, made, "peel-1")


def test_a_server_killed_at_any_moment_loses_no_acknowledged_push(dev: StartDev) -> None:
    made = dev(1)
    chance = random.Random(13)  # noqa: S311 - repeatable moments
    for number in range(5):
        made.write(generation(number))
        made.zester("push", "tree")
        time.sleep(chance.uniform(0, 0.1))
        made.kill("nats")
        made.zester("dev", "start", "nats")
        assert f"{number + 1} " in made.zester("history").stdout.splitlines()[1]
    until("converged", settled(made, 4), timeout=60)
    until("it is told", lambda: made.status()["peel-1"]["status"]["applied"] == {"cli": 5})
    anyio.run(assert_every_report_once, made, "peel-1")


def test_without_a_master_peels_keep_converging(dev: StartDev) -> None:
    made = dev(2)
    made.write(generation(0))
    made.zester("push", "tree", "--wait")  # a new settings file needs a master once, for its keys
    made.kill("master")
    made.write(generation(1))

    made.zester("push", "tree", "--wait")

    assert settled(made, 1, peel=1)()
    assert settled(made, 1, peel=2)()
    made.zester("dev", "start", "master")


async def assert_every_report_once(made: Dev, node: str) -> None:
    """Report numbers are 1, 2, 3 … without a gap or a repetition."""
    async with open_bus([made.url], name="test", login=made.login()) as bus:
        with anyio.fail_after(30):
            while not await _quiet(bus, node):  # noqa: ASYNC110 - the peel delivers when it can
                await anyio.sleep(0.2)
        numbers = await _numbers(bus, node)
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


async def _quiet(bus: Bus, node: str) -> bool:
    before = await _numbers(bus, node)
    await anyio.sleep(0.5)
    return bool(before) and before == await _numbers(bus, node)


async def _numbers(bus: Bus, node: str) -> list[int]:
    body = f'{{"next_by_subj": "zester.event.{node}.run", "seq": 1, "batch": 1000}}'.encode()
    return [
        RunReport.decode(answer.data).number
        async for answer in bus.stream("$JS.API.DIRECT.GET.EVENTS", body)
        if answer.status is None
    ]
