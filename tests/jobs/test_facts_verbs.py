"""``zester facts``: answered from the bus, with no peel there."""

from __future__ import annotations

import json

import pytest

from support.operators import Zester, announce
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def fleet(trusted_server: EmbeddedServer) -> None:
    """Peels that published once and are gone."""
    async with bus_as(trusted_server, Tier.MASTER) as master:
        for number in (1, 2, 3):
            os = "Debian" if number < 3 else "Rocky"
            facts = {
                "os": os,
                "os_family": os,
                "network": {"ipv4": [f"10.0.0.{number}"]},
                "cpus": number,
            }
            await announce(master, NodeView(f"web-{number}", facts), live=False)


async def test_facts_of_a_peel_are_printed(zester: Zester) -> None:
    done = await zester("facts", "get", "web-1", "os")
    assert (done.stdout, done.returncode) == ("Debian\n", 0), done.stderr
    done = await zester("facts", "get", "web-1", "os.family")
    assert done.stdout == "debian\n"
    done = await zester("facts", "get", "web-2", "network.ipv4", "-o", "json")
    assert json.loads(done.stdout) == ["10.0.0.2"]
    done = await zester("facts", "get", "web-2")
    assert "network:\n  ipv4:\n  - 10.0.0.2\n" in done.stdout
    done = await zester("facts", "get", "web-2", "nothing")
    assert (done.returncode, "web-2 has no fact 'nothing'" in done.stderr) == (1, True)
    done = await zester("facts", "get", "nobody")
    assert (done.returncode, "nobody has published no facts" in done.stderr) == (1, True)


async def test_targets_are_answered_without_a_peel(zester: Zester) -> None:
    done = await zester("facts", "query", "-G", "os:Debian", "os", "os.family", "cpus", "nothing")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["PEEL", "OS", "OS.FAMILY", "CPUS", "NOTHING"],
        ["web-1", "Debian", "debian", "1", "-"],
        ["web-2", "Debian", "debian", "2", "-"],
    ], done.stderr
    done = await zester("facts", "query", "S@10.0.0.3 or web-1", "network:ipv4", "-o", "json")
    assert json.loads(done.stdout) == [
        {"peel": "web-1", "facts": {"network:ipv4": ["10.0.0.1"]}},
        {"peel": "web-3", "facts": {"network:ipv4": ["10.0.0.3"]}},
    ]
    done = await zester("facts", "query", "*", "os", "--count")
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["PEELS", "OS"],
        ["2", "Debian"],
        ["1", "Rocky"],
    ]
    done = await zester("facts", "query", "db*")
    assert (done.returncode, "no peel matches" in done.stderr) == (1, True)
    done = await zester("facts", "query", "I@port:80")
    assert (done.returncode, done.stderr) == (
        0,
        "3 more may be meant: only they know their settings\n",
    )
    done = await zester("facts", "query", "web* and (")
    assert (done.returncode, "^" in done.stderr) == (1, True)
