"""A whole peel obeys commands while it follows its desired state."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.operators import command
from support.peel import Peel, until
from support.trusted import bus_as, enrolled
from zester.bus.embedded import EmbeddedServer
from zester.cli.fleet.operator import Operator
from zester.trees.build import build_tree
from zester.trees.publish import Authority, Destination, publish_tree
from zester.trust.tiers import Tier
from zester_peel.settings import PeelSettings

pytestmark = pytest.mark.anyio

TREE = {
    "nodegroups.yaml": "fronts: web-*\n",
    "settings/top.zy": "base:\n  '*':\n    - common\n",
    "settings/common.zy": "timezone: UTC\nport: 80\n",
    "states/top.zy": "base:\n  '*':\n    - motd\n",
    "states/motd.zy": "/motd:\n  file.managed:\n    - contents: tz={{ pillar['timezone'] }}\n",
    "states/hello.zy": (
        "/hello:\n  file.managed:\n    - contents: port={{ settings.port }}\n"
        "bad:\n  test.fail_without_changes\n"
    ),
}


@pytest.fixture
async def peel(trusted_server: EmbeddedServer, tmp_path: Path) -> Peel:
    """A peel whose tree is pushed."""
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
    return Peel(settings, enrolled(state, "web-01", realm=realm))


async def test_settings_and_facts_are_asked_for(operator: Operator, peel: Peel) -> None:
    async with peel.running():
        await until("it converged", (peel.root / "motd").exists)
        found = await command(operator, "*", "pillar.get", "timezone")
        assert found.returns["web-01"].value == "UTC"
        found = await command(operator, "*", "grains.get", "id")
        assert found.returns["web-01"].value == "web-01"
        for target in ("I@port:80 and web*", "N@fronts", "not I@port:81"):
            found = await command(operator, target, "test.ping")
            assert found.returns["web-01"].value is True, target
        found = await command(operator, "I@port:81", "test.ping")
        assert (found.returns, found.exit_code) == ({}, 1)
