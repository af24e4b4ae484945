"""A master says how far the heads are, and never less than it said before."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.trusted import publisher, shared_realm
from zester.bus.buckets import HEADS, TRUST
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import Signed, SignedKv
from zester.errors import SettingsError
from zester.resources.fresh import Fresh
from zester.resources.head import Head
from zester.trees.build import build_tree
from zester.trees.publish import Destination, publish_tree
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier
from zester_controller.keeper.voucher import KEY, Voucher

pytestmark = pytest.mark.anyio


@dataclass
class Trusted:
    """A master of the shared realm."""

    who: Signer = field(default_factory=lambda: shared_realm().signer("base", Tier.MASTER))
    judge: Verifier | None = field(default_factory=lambda: shared_realm().verifier("base"))

    def signer(self) -> Signer:
        return self.who

    def verifier(self) -> Verifier | None:
        return self.judge


def voucher(bus: Bus, name: str = "one", trusted: Trusted | None = None) -> Voucher:
    lease = RoleLease(bus, "voucher", name)
    return Voucher(bus, lease, trusted or Trusted(), env="base", interval=60)


async def word(bus: Bus) -> Signed[Fresh]:
    found = await SignedKv(bus, TRUST, Fresh, shared_realm().verifier("base")).get(KEY)
    assert found is not None
    return found


async def push(bus: Bus, folder: Path, text: str, source: str = "cli") -> None:
    folder.mkdir(exist_ok=True)
    (folder / "file").write_text(text)
    await publish_tree(bus, build_tree(folder), Destination("base", source), publisher())


async def test_every_genuine_head_is_vouched_for(bus: Bus, tmp_path: Path) -> None:
    master = voucher(bus)
    await master.reconcile(KEY)
    assert (await word(bus)).value.heads == {}

    await push(bus, tmp_path, "1")
    await push(bus, tmp_path, "2")
    await push(bus, tmp_path, "1", "git")
    await Records(bus, HEADS).put(
        "base.forged", Head(revision=9, manifest="0" * 64, created=1).encode()
    )
    started = time.time()
    await master.reconcile(KEY)

    found = (await word(bus)).value
    assert found.heads == {"base.cli": 2, "base.git": 1}
    assert started <= found.at <= time.time()


async def test_less_than_before_is_never_vouched_for(bus: Bus, tmp_path: Path) -> None:
    await push(bus, tmp_path, "1")
    old = await Records(bus, HEADS).get("base.cli")
    await push(bus, tmp_path, "2")
    master = voucher(bus)
    await master.reconcile(KEY)
    assert old is not None
    await Records(bus, HEADS).put("base.cli", old.value)

    for again in (master, voucher(bus)):  # also by one that was just started
        await again.reconcile(KEY)
        assert (await word(bus)).value.heads == {"base.cli": 2}

    await Records(bus, TRUST).put(KEY, b"junk")
    await master.reconcile(KEY)
    assert (await word(bus)).value.heads == {"base.cli": 2}


async def test_of_several_masters_one_vouches_and_another_takes_over(
    bus: Bus, tmp_path: Path
) -> None:
    first = RoleLease(bus, "voucher", "one")
    one = Voucher(bus, first, Trusted(), env="base", interval=60)
    two = voucher(bus, "two")
    await one.reconcile(KEY)
    revision = (await word(bus)).revision
    await two.reconcile(KEY)
    assert (await word(bus)).revision == revision

    await first.release()
    await two.reconcile(KEY)
    assert (await word(bus)).revision > revision


async def test_a_word_is_newer_than_the_one_of_a_master_whose_clock_is_ahead(bus: Bus) -> None:
    ahead = Fresh(at=time.time() + 600, heads={"base.cli": 7})
    await SignedKv(bus, TRUST, Fresh, shared_realm().verifier("base")).write(
        KEY, ahead, Trusted().who, over=0
    )

    await voucher(bus).reconcile(KEY)

    found = (await word(bus)).value
    assert found.at > ahead.at
    assert found.heads == {"base.cli": 7}


async def test_without_a_bundle_nothing_is_vouched_for(bus: Bus) -> None:
    with pytest.raises(SettingsError, match="no trust bundle"):
        await voucher(bus, trusted=Trusted(judge=None)).reconcile(KEY)
    assert await Records(bus, TRUST).get(KEY) is None
