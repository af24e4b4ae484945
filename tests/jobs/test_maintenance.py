"""``zester suspend|resume|mode|window|maintenance`` as a person types it, on a peel as in use."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from support.operators import Zester, announce, command
from support.peel import Peel, enrolled_peel, push_as_publisher, until
from support.trusted import bus_as
from zester.bus.buckets import EVENTS
from zester.bus.events import read_events
from zester.bus.server.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio

TREE = {
    "states/top.zy": "base:\n  '*':\n    - motd\n",
    "states/motd.zy": "/motd:\n  file.managed:\n    - contents: one\n",
}


NOWHERE = ("--duration", "1h", "--timezone", "../etc")


@pytest.fixture
async def peel(trusted_server: EmbeddedServer, tmp_path: Path) -> Peel:
    await push_as_publisher(trusted_server, tmp_path / "tree", TREE)
    return enrolled_peel(trusted_server, tmp_path)


async def test_a_suspended_peel_answers_refuses_and_shows_why(
    zester: Zester, operator: Operator, peel: Peel
) -> None:
    motd = peel.root / "motd"
    async with peel.running():
        await until("converged", motd.exists)
        done = await zester("suspend", "web*", "--reason", "disk swap", "--until", "2h")
        assert (done.returncode, done.stdout) == (0, "suspend: web-01\n"), done.stderr
        await until("suspended", lambda: peel.agent.policy.suspended)
        motd.write_text("by hand\n")

        found = await command(operator, "*", "test.ping")
        assert found.returns["web-01"].value is True
        for function, arguments in (
            ("state.apply", ()),
            ("state.highstate", ()),
            ("state.sls", ("motd",)),
            ("state.single", ("file.absent", "name=/motd")),
        ):
            refused = await zester("web-01", function, *arguments)
            assert refused.returncode == 2
            assert "this peel is suspended: disk swap (by alice until" in refused.stdout
            assert "force=true" in refused.stdout + refused.stderr
        assert motd.read_text() == "by hand\n"
        done = await zester("web-01", "state.apply", "test=True")
        assert (done.returncode, motd.read_text()) == (0, "by hand\n")
        done = await zester("web-01", "state.apply", "force=true")
        assert (done.returncode, motd.read_text()) == (0, "one\n"), done.stdout

        async def shown() -> bool:
            status = await zester("status")
            return "Suspended/Maintenance: disk swap (by alice until" in status.stdout

        await until("shown", shown)
        listed = json.loads((await zester("maintenance", "-o", "json")).stdout)
        assert [(each["peel"], each["now"], each["signer"]) for each in listed] == [
            ("web-01", "suspended", "alice")
        ]
        done = await zester("resume", "*")
        assert done.stdout == "resume: web-01\n"
        await until("resumed", lambda: not peel.agent.policy.suspended)
        again = await zester("resume", "*")
        assert (again.returncode, again.stdout, again.stderr) == (0, "", "as it was: web-01\n")

    told = [
        json.loads(event.data)
        async for event in read_events(operator.bus, EVENTS, "zester.event.operator.>")
    ]
    assert [(each["who"], each["verb"], each["peels"]) for each in told] == [
        ("alice", "suspend", ["web-01"]),
        ("alice", "resume", ["web-01"]),
    ]
    assert told[0]["reason"] == "disk swap"
    trail = (await zester("audit", "--who", "alice")).stdout
    assert "suspend disk swap until" in trail
    assert "1 stored (web-01)" in trail
    assert "resume" in trail


async def test_modes_and_windows_are_set_shown_and_taken_away(
    zester: Zester, operator: Operator, peel: Peel
) -> None:
    async with peel.running():
        await until("converged", (peel.root / "motd").exists)
        assert (await zester("mode", "observe", "web-01")).stdout == "observe: web-01\n"
        await until("observes", lambda: peel.agent.policy.verdict().reason == "NodeMode")
        refused = await zester("web-01", "state.apply")
        assert "this peel only observes: set by alice" in refused.stdout
        assert (await zester("mode", "enforce", "web-01")).returncode == 0
        await until("enforces", lambda: peel.agent.policy.verdict().kind == "enforce")

        words = ("--schedule", "0 3 1 1 *", "--duration", "2h", "--timezone", "Europe/Berlin")
        done = await zester("window", "set", "web-01", "newyear", *words)
        assert done.returncode == 0, done.stderr
        await until("waits", lambda: peel.agent.policy.verdict().reason == "OutsideWindow")
        shown = (await zester("maintenance")).stdout
        assert "newyear (0 3 1 1 * Europe/Berlin, 2h)" in shown
        assert "changes are made from" in shown
        assert (await zester("window", "remove", "web-01", "newyear")).returncode == 0
        await until("enforces", lambda: peel.agent.policy.verdict().kind == "enforce")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("suspend", "web-01"), "--reason"),
        (("suspend", "web-01", "--reason", " "), "reason is empty"),
        (("suspend", "web-01", "--reason", "a\x1b[2Jb"), "not printable"),
        (("suspend", "web-01", "--reason", "x" * 5000), "reason is empty, long"),
        (("suspend", "web-01", "--reason", "x", "--until", "yesterday"), "not a time"),
        (("suspend", "web-01", "--reason", "x", "--until", "2020-01-01"), "is over already"),
        (("suspend", "nobody", "--reason", "x"), "no peel matches"),
        (("suspend", "I@a:b", "--reason", "x"), "only peels themselves know"),
        (("suspend", "web and (", "--reason", "x"), "^"),
        (("mode", "audit", "web-01"), "audit"),
        (("window", "set", "web-01", "n", "--schedule", "x", "--duration", "1h"), "not a schedule"),
        (("window", "set", "web-01", "n", "--schedule", "@daily", "--duration", "9d"), "cannot be"),
        (
            (*("window", "set", "web-01", "n", "--schedule", "@daily"), *NOWHERE),
            "time zone",
        ),
    ],
)
async def test_mistakes_change_nothing(
    zester: Zester, trusted_server: EmbeddedServer, words: tuple[str, ...], message: str
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("web-01"))
    done = await zester(*words)
    assert done.returncode in (1, 2)
    assert message in done.stderr, done.stderr
    assert done.stdout == ""
    assert "\x1b[2J" not in done.stderr


async def test_a_peel_that_is_away_is_suspended_all_the_same(
    zester: Zester, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        await announce(master, NodeView("web-01"))
        await announce(master, NodeView("web-02"), live=False)
    done = await zester("suspend", "web*", "--reason", "move")
    assert done.stdout == "suspend: 2 peels: web-01, web-02\n"
    assert "silent now, they follow when they come back: web-02" in done.stderr


async def test_two_operators_at_once_lose_nothing(
    zester: Zester, trusted_server: EmbeddedServer
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as master:
        for number in range(20):
            await announce(master, NodeView(f"web-{number}"))
    codes: list[int] = []

    async def run(*words: str) -> None:
        codes.append((await zester(*words)).returncode)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run, "suspend", "web*", "--reason", "move")
        tasks.start_soon(run, "mode", "observe", "web*")
    assert codes == [0, 0]
    listed = json.loads((await zester("maintenance", "-o", "json")).stdout)
    assert len(listed) == 20
    assert all(each["said"]["suspension"] and each["said"]["choice"] for each in listed)
