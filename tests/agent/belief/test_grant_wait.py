"""A peel waits for granted keys for a bounded time, and does nothing meanwhile."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from support.peel import MakePeel, status_of, until
from support.sealing import Sealing
from support.trusted import shared_realm
from zester.bus.link.connection import Bus
from zester.bus.maintenance.records import MaintenanceWriter
from zester.bus.server.embedded import EmbeddedServer
from zester.resources.maintenance.maintenance import Maintenance, Suspension
from zester.trust.tiers import Tier
from zester_peel.agent.belief import grant_wait
from zester_peel.agent.belief.grant_wait import GrantWait

pytestmark = pytest.mark.anyio

TREE = {
    "states/top.zy": "base:\n  '*': []\n",
    "settings/top.zy": "base:\n  '*': [common]\n",
    "settings/common.zy": "motd: hello\n",
}


async def test_the_time_runs_from_the_first_look_and_anew_with_each_revision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grant_wait, "PATIENCE", 0.05)
    wait = GrantWait()
    assert 0 < wait.left({"cli": 1}) <= 0.05
    await anyio.sleep(0.06)
    assert wait.left({"cli": 1}) == 0
    assert wait.left({"cli": 2}) > 0


async def test_who_is_suspended_while_it_waits_waits_no_longer(
    server: EmbeddedServer,
    bus: Bus,
    make_peel: MakePeel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grant_wait, "PATIENCE", 1.0)
    realm = shared_realm()
    sealing = Sealing.of(realm)
    peel = make_peel(server.url)
    async with sealing.room(bus):
        await sealing.push(bus, tmp_path / "tree", TREE)  # the peel is not enrolled: no keys

    async def has(kind: str, reason: str) -> bool:
        status = await status_of(bus)
        found = status.conditions if status else ()
        return any((each.type, each.reason) == (kind, reason) for each in found)

    async with peel.running():
        await until("it waits", lambda: has("Reconciling", "WaitingForGrant"))
        writer = MaintenanceWriter(bus, realm.signer("base", Tier.OPERATOR), realm.verifier("base"))
        held = Suspension(reason="disk swap", by="alice", since=1)

        def suspend(said: Maintenance) -> Maintenance:
            return said.model_copy(update={"suspension": held})

        await writer.change(["web-01"], suspend)

        async def over() -> bool:
            return not await has("Reconciling", "WaitingForGrant")

        await until("suspended", lambda: peel.agent.policy.suspended)
        await until("it waits no longer", over)
        looks, read = 0, peel.agent.belief.read

        async def counted(on: Bus) -> None:
            nonlocal looks
            looks += 1
            await read(on)

        monkeypatch.setattr(peel.agent.belief, "read", counted)
        await anyio.sleep(1.5)  # nothing must happen
        assert looks <= 2
