"""A peel that observes, or waits for its window: real server, real files."""

from __future__ import annotations

import pytest

from support.machines.maintained import CLOSED, OPEN, Running, has, lacks, observe, ran, say, tree
from support.peel import Push, applied, status_of, until
from zester.bus.link.connection import Bus

pytestmark = pytest.mark.anyio


async def test_what_observes_tells_drift_and_news_and_makes_neither(
    bus: Bus, settled: Running, push: Push
) -> None:
    async with settled() as peel:
        await say(bus, choice=observe())
        await until("observing", lambda: has(bus, "Observing", "set by alice"))
        conf = peel.root / "conf"
        conf.write_text("by hand\n")
        await until("told", lambda: has(bus, "Drifted", "NotEnforced: differs and is left alone"))
        conf.write_text("one\n")
        await until("right again", lambda: lacks(bus, "Drifted"))

        await push(tree(peel, "two"))
        await until("told", lambda: has(bus, "Drifted", "Pending"))
        status = await status_of(bus)
        assert status is not None
        assert status.applied == {"cli": 1}
        assert (status.counts.drifted, status.corrected, ran(peel)) == (2, 0, 1)
        assert conf.read_text() == "one\n"

        await say(bus, choice=None)
        await until("applied", lambda: applied(bus, 2))
        assert (conf.read_text(), ran(peel)) == ("two\n", 2)
        await until("right again", lambda: lacks(bus, "Drifted"))
        await until("told", lambda: lacks(bus, "Observing"))


async def test_outside_of_its_window_a_peel_waits_also_over_a_restart(
    bus: Bus, running: Running, push: Push
) -> None:
    await say(bus, windows=CLOSED)
    async with running() as peel:
        await push(tree(peel))
        await until("told", lambda: has(bus, "Drifted", "Pending"))
        assert await has(bus, "Observing", "OutsideWindow: changes are made from")
    async with running() as peel:
        await until("told", lambda: has(bus, "Drifted", "Pending"))
        assert not (peel.root / "conf").exists()
        await say(bus, windows=OPEN)
        await until("applied", lambda: applied(bus, 1))
        assert ((peel.root / "conf").read_text(), ran(peel)) == ("one\n", 1)


@pytest.mark.parametrize("where", ["tree", "state"])
async def test_a_tree_and_a_state_can_ask_to_be_observed(
    bus: Bus, running: Running, push: Push, where: str
) -> None:
    async with running() as peel:
        files = tree(peel)
        states = str(files["states/web.zy"])
        watcher = "look:\n  cmd.run:\n    - name: echo fired > fired\n    - cwd: CWD\n"
        watcher = watcher.replace("CWD", "/") + "    - onchanges:\n      - file: /conf\n"
        files["states/web.zy"] = states + watcher
        if where == "tree":
            await push({**files, "zester.yaml": "mode: observe\n"})
        else:
            option = states.replace("contents: one", "contents: one\n    - observe: true")
            await push({**files, "states/web.zy": option + watcher})
        await until("told", lambda: has(bus, "Drifted", "/conf"))
        assert not (peel.root / "conf").exists()
        assert not (peel.root / "fired").exists(), "a change that was not made fires nothing"
        assert ran(peel) == (1 if where == "state" else 0)
        await push({**files, "zester.yaml": "mode: enforce\n"})
        await until("applied", lambda: applied(bus, 2))
        assert (peel.root / "conf").read_text() == "one\n"
        assert (peel.root / "fired").exists()
