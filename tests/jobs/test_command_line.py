"""``zester TARGET FUNCTION`` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.operators import MakeJobPeel, Zester, announce
from support.trusted import bus_as
from zester.bus.server.embedded import EmbeddedServer
from zester.targeting.node import NodeView
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_a_command_prints_what_the_peels_say(zester: Zester, job_peel: MakeJobPeel) -> None:
    async with job_peel(NodeView("a")), job_peel(NodeView("b")), job_peel(NodeView("c")):
        done = await zester("*", "test.ping")
        assert (done.stdout, done.returncode) == ("3 peels: a, b, c:\n    True\n", 0), done.stderr
        done = await zester("-L", "a,b", "cmd.run", "echo $((6*7))", "--out", "json")
        assert [(each["peel"], each["value"]) for each in json.loads(done.stdout)] == [
            ("a", "42"),
            ("b", "42"),
        ]
        done = await zester("-o", "txt", "a", "test.arg", "1", "true", "a b", "k={x: 2}", "n=null")
        assert done.stdout.startswith("a: args: ⏎ - 1 ⏎ - true ⏎ - a b")
        assert "x: 2" in done.stdout


async def test_exit_codes_tell_failure_from_silence(
    zester: Zester, job_peel: MakeJobPeel, trusted_server: EmbeddedServer
) -> None:
    async with job_peel(NodeView("a")):
        assert (await zester("a", "cmd.run", "exit 7")).returncode == 2
        async with bus_as(trusted_server, Tier.MASTER) as master:
            await announce(master, NodeView("gone"), live=False)
        done = await zester("*", "test.ping")
        assert done.returncode == 3
        assert "no answer from 1: gone\n" in done.stderr
        assert (await zester("*", "cmd.run", "false")).returncode == 4
        done = await zester("nobody*", "test.ping")
        assert done.returncode == 1
        assert "no peel matches\n" in done.stderr


async def test_mistakes_are_told_before_anything_is_sent(zester: Zester) -> None:
    done = await zester("web* and (", "test.ping")
    assert done.returncode == 1
    assert "<target>, column 11: the target ends too early" in done.stderr
    assert "web* and (\n            ^" in done.stderr
    done = await zester("statsu", "web")
    assert "did you mean 'status'?" in done.stderr
    done = await zester("web*")
    assert "commands to the fleet are TARGET MODULE.FUNCTION" in done.stderr
    done = await zester("web*", "test.arg", "-5")
    assert "for an argument that begins with a dash: -- -5" in done.stderr
    done = await zester("nobody*", "test.ping", "--async")
    assert (done.returncode, done.stderr) == (0, "no peel that is known matches\n")


async def test_roles_are_applied_listed_and_removed(
    zester: Zester, job_peel: MakeJobPeel, tmp_path: Path
) -> None:
    file = tmp_path / "roles.yaml"
    rules = "[{target: 'web*', functions: ['test.*', 'grains.get', 'settings.get']}]"
    file.write_text(f"name: ping\nidentities: [alice]\nrules: {rules}\n")
    async with job_peel(NodeView("web-1")), job_peel(NodeView("db-1")):
        assert (await zester("*", "cmd.run", "true")).returncode == 0
        applied = await zester("role", "apply", str(file))
        assert (applied.stdout, applied.returncode) == ("role ping: revision 1\n", 0)
        listed = await zester("role", "list")
        assert listed.stdout.splitlines()[1].split() == [
            *("ping", "alice", "web*"),
            *("test.*,", "grains.get,", "settings.get", "chief"),
        ]
        done = await zester("*", "test.ping", "-o", "json")
        statuses = {each["peel"]: each["status"] for each in json.loads(done.stdout)}
        assert (statuses, done.returncode) == ({"db-1": "refused", "web-1": "done"}, 2)
        for function in ("facts.get", "grains.get", "pillar.get"):  # one function, two names
            assert (await zester("web-1", function, "x")).returncode == 0, function
        assert (await zester("web-1", "facts.items")).returncode == 2
        assert (await zester("role", "remove", "ping")).returncode == 0
        assert (await zester("*", "cmd.run", "true")).returncode == 0
        file.write_text("name: x\nrules: [{target: 'a and', functions: []}]\n")
        assert "a and" in (await zester("role", "apply", str(file))).stderr
