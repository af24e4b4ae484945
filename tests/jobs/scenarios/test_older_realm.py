"""Accounts made by an older Zester, whose table of tiers had fewer rows."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from support.operators import announce
from support.trusted import bundle_of, bus_as, client_folder
from zester.bus.buckets import TRUST
from zester.bus.index.asking import FIND
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.server.provision import provision
from zester.cli.console.context import Context, with_bus
from zester.errors import BusRefused
from zester.targeting.node import NodeView
from zester.trust import accounts
from zester.trust.realm import Realm
from zester.trust.tiers import Tier, Verb, patterns

pytestmark = pytest.mark.anyio


@pytest.fixture
async def older(
    request: pytest.FixtureRequest, tmp_path: Path, realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[EmbeddedServer]:
    """A server whose accounts know nothing of some subjects."""
    lacking = request.param

    def known(tier: Tier, verb: Verb) -> tuple[str, ...]:
        return tuple(each for each in patterns(tier, verb) if each not in lacking)

    monkeypatch.setattr(accounts, "patterns", known)
    async with EmbeddedServer(tmp_path / "nats", realm=realm) as running:
        async with bus_as(running, Tier.MASTER, "provision") as master:
            await provision(master)
            await Records(master, TRUST).put("bundle", bundle_of(realm))
            await announce(master, NodeView("web-1", {"os": "Debian"}))
        yield running


async def give(server: EmbeddedServer, folder: Path, *words: str) -> tuple[int, str]:
    """Give a command with the command line of today; return its exit code and complaints."""
    trust = str(client_folder(folder, server))
    argv = [sys.executable, "-m", "zester.cli.main", *words, "--trust", trust]
    with anyio.fail_after(30):
        done = await anyio.run_process(argv, check=False)
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    "older",
    [
        ("$KV.jobs.*",),
        ("live.jobs.*",),
        ("zester.job.*.expected",),
        ("zester.job.>",),
        ("$JS.API.STREAM.INFO.KV_leases",),
        ("$JS.API.DIRECT.GET.KV_facts",),
    ],
    indirect=True,
    ids=lambda lacking: lacking[0],
)
async def test_a_command_says_soon_what_is_forbidden_and_what_to_do(
    older: EmbeddedServer, tmp_path: Path
) -> None:
    code, said = await give(older, tmp_path / "trust", "web-1 and G@os:Debian", "test.ping")
    assert code == 1, said
    assert "error: the servers do not let operator use " in said
    assert "hint: accounts of an older Zester know less than this one: `zester trust rotate" in said


@pytest.mark.parametrize("older", [(FIND,)], indirect=True)
async def test_what_a_command_can_do_without_does_not_end_it(
    older: EmbeddedServer, tmp_path: Path
) -> None:
    code, said = await give(older, tmp_path / "trust", "web-1 and G@os:Debian", "test.ping")
    assert (code, said) == (3, "no answer from 1: web-1\n"), "the peel is only announced"


async def test_what_work_raises_is_raised(trusted_server: EmbeddedServer, tmp_path: Path) -> None:
    context = Context(None, str(client_folder(tmp_path / "trust", trusted_server)), "base")

    async def work(_: object) -> None:
        raise BusRefused("no")

    with pytest.raises(BusRefused, match=r"^no$"):
        await anyio.to_thread.run_sync(with_bus, context, work)
