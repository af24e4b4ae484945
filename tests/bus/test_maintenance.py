"""What operators say about maintenance is kept, whole, of each node by itself."""

from __future__ import annotations

import time

import anyio
import pytest

from support.machines.maintained import OPEN, suspension, writer
from support.trusted import shared_realm
from zester.bus.link.connection import Bus
from zester.bus.maintenance.records import Change, MaintenanceWriter, read_maintenance
from zester.resources.maintenance.maintenance import Maintenance
from zester.trust.bundle import read_bundle
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier

pytestmark = pytest.mark.anyio


async def test_two_writers_lose_nothing_and_a_thousand_are_quick(bus: Bus) -> None:
    nodes = [f"peel-{number:04}" for number in range(1000)]

    def suspend(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"suspension": suspension()})

    def windows(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"windows": OPEN})

    results = []

    async def write(name: str, change: Change, among: list[str]) -> None:
        results.append(await writer(bus, name).change(among, change))

    began = time.monotonic()
    await write("alice", suspend, nodes)
    took = time.monotonic() - began
    assert len(results[0].done) == 1000
    assert took < 30, took
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write, "bob", windows, nodes[:300])
        tasks.start_soon(write, "carol", suspend, nodes[:300])
    assert not any(result.failed for result in results)
    found = await read_maintenance(bus, shared_realm().verifier("base"), nodes)
    assert all(said.value and said.value.suspension for said in found.values())
    assert all(
        said.value and said.value.windows for node, said in found.items() if node < "peel-0300"
    )


async def test_what_cannot_be_stored_is_told_by_name(bus: Bus) -> None:
    def change(said: Maintenance) -> Maintenance:
        reason = "x" if said.id != "b" else "y" * 2_000_000
        # As a hostile caller would: the model is not asked.
        pause = suspension().model_copy(update={"reason": reason})
        return said.model_copy(update={"suspension": pause})

    result = await writer(bus).change(["a", "b", "c"], change)
    assert sorted(result.done) == ["a", "c"]
    assert list(result.failed) == ["b"]


async def test_what_a_revoked_operator_said_is_replaced_above_its_revision(bus: Bus) -> None:
    def change(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"suspension": suspension()})

    realm = shared_realm()
    mallory = realm.signer("base", Tier.OPERATOR, "mallory")
    first = MaintenanceWriter(bus, mallory, realm.verifier("base"))
    await first.change(["web-01"], change)
    revoked = {mallory.key.public: int(time.time())}
    bundle = read_bundle(
        realm.bundle("base", serial=2, revoked=revoked), operator=realm.operator_public, env="base"
    )
    verifier = Verifier(bundle)
    signer = realm.signer("base", Tier.OPERATOR, "alice")

    def resume(said: Maintenance) -> Maintenance:
        return said.model_copy(update={"suspension": None})

    result = await MaintenanceWriter(bus, signer, verifier).change(["web-01"], resume)
    assert (result.done, list(result.replaced)) == (["web-01"], ["web-01"])
    found = (await read_maintenance(bus, verifier, ["web-01"]))["web-01"]
    assert found.value is not None
    assert (found.value.revision, found.value.suspension, found.signer) == (2, None, "alice")
