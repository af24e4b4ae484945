"""A whole peel below a folder of the test, whose tree is pushed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobs.scenarios.tree import TREE
from support.peel import Peel, until
from support.trusted import bus_as, enrolled
from zester.bus.server.embedded import EmbeddedServer
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, publish_tree
from zester.trust.tiers import Tier
from zester_peel.settings import PeelSettings


@pytest.fixture
async def peel(trusted_server: EmbeddedServer, tmp_path: Path) -> AsyncIterator[Peel]:
    """A peel that runs and has applied what the top file gives it."""
    realm = trusted_server.realm
    assert realm is not None
    for path, text in TREE.items():
        file = tmp_path / "tree" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    authority = Authority(realm.signer("base", Tier.PUBLISHER), realm.verifier("base"))
    async with bus_as(trusted_server, Tier.PUBLISHER) as bus:
        to = Destination("base", "cli", "tester")
        await publish_tree(bus, build_tree(tmp_path / "tree"), to, authority)
    root, state = tmp_path / "root", tmp_path / "state"
    root.mkdir()
    settings = PeelSettings(id="web-01", url=(trusted_server.url,), root=root, state_dir=state)
    async with Peel(settings, enrolled(state, "web-01", realm=realm)).running() as running:
        await until("it converged", (root / "etc/motd").exists)
        yield running
