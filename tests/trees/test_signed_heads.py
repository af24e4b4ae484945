"""Heads as envelopes: who may move them, and what becomes of those that must not be used."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from support.trusted import publisher
from zester.bus.buckets import HEADS, TRUST
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import RevokedSigner, UnknownSigner, Unsigned, WrongAddressee, WrongTier
from zester.resources.fresh import Fresh
from zester.resources.head import Head
from zester.trees.build import build_tree
from zester.trees.heads import Heads
from zester.trees.publish import Authority, Destination, publish_tree, rollback
from zester.trees.tree import LocalTree
from zester.trust.bundle import read_bundle
from zester.trust.envelope import read_envelope
from zester.trust.realm import Realm
from zester.trust.tiers import CONTROL, Tier
from zester.trust.verifier import Verifier

pytestmark = pytest.mark.anyio

TO = Destination("base", "cli")


def tree(folder: Path, text: str) -> LocalTree:
    folder.mkdir(exist_ok=True)
    (folder / "file").write_text(text)
    return build_tree(folder)


def verifier_after_revoking(realm: Realm, *keys: str) -> Verifier:
    revoked = dict.fromkeys(keys, int(time.time()))
    bundle = realm.bundle("base", serial=2, revoked=revoked)
    return Verifier(read_bundle(bundle, operator=realm.operator_public, env="base"))


async def test_a_stored_head_says_who_signed_it_and_for_which_place(
    bus: Bus, realm: Realm, tmp_path: Path
) -> None:
    by = Authority(realm.signer("base", Tier.PUBLISHER, "ci"), realm.verifier("base"))
    published = await publish_tree(bus, tree(tmp_path, "1"), TO, by)

    stored = await Records(bus, HEADS).get("base.cli")
    assert stored is not None
    envelope = read_envelope(stored.value)
    assert (envelope.header.place, envelope.header.env) == ("heads.base.cli", "base")
    assert Head.decode(envelope.payload) == published.head
    entry = await Heads(bus, by.verifier).get("base", "cli")
    assert entry is not None
    assert (entry.signer, entry.data) == ("ci", stored.value)


async def test_heads_of_tiers_that_may_not_sign_them_are_refused(
    bus: Bus, realm: Realm, tmp_path: Path
) -> None:
    verifier = realm.verifier("base")
    made = tree(tmp_path, "1")
    for tier in set(Tier) - {Tier.PUBLISHER}:
        await publish_tree(bus, made, TO, Authority(realm.signer("base", tier), verifier))
        # Peels and viewers live in another account, whose signing keys vouch for nothing here.
        with pytest.raises(WrongTier if tier in CONTROL else UnknownSigner):
            await Heads(bus, verifier).get("base", "cli")


async def test_a_head_moved_to_another_source_is_refused(bus: Bus, tmp_path: Path) -> None:
    await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())
    stored = await Records(bus, HEADS).get("base.cli")
    assert stored is not None
    await Records(bus, HEADS).put("base.git", stored.value)

    with pytest.raises(WrongAddressee, match=r"signed for 'heads\.base\.cli'"):
        await Heads(bus, publisher().verifier).get("base", "git")


async def test_a_push_goes_over_a_forged_head_without_following_its_counter(
    bus: Bus, tmp_path: Path
) -> None:
    await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())
    forged = Head(revision=2**53 - 1, manifest="0" * 64, created=0)
    await Records(bus, HEADS).put("base.cli", forged.encode())
    heads = Heads(bus, publisher().verifier)
    with pytest.raises(Unsigned):
        await heads.get("base", "cli")

    published = await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())

    assert published.moved
    assert (published.head.revision, published.head.parent) == (2, None)
    assert [entry.value.revision for entry in await heads.history("base", "cli")] == [1, 2]


async def test_a_push_after_a_revocation_counts_on_from_what_peels_may_have_followed(
    bus: Bus, realm: Realm, tmp_path: Path
) -> None:
    signer = realm.signer("base", Tier.PUBLISHER, "leaver")
    for text in "123":
        made = tree(tmp_path, text)
        await publish_tree(bus, made, TO, Authority(signer, realm.verifier("base")))
    after = verifier_after_revoking(realm, signer.key.public)
    with pytest.raises(RevokedSigner, match="leaver"):
        await Heads(bus, after).get("base", "cli")

    by = Authority(realm.signer("base", Tier.PUBLISHER, "stayer"), after)
    published = await publish_tree(bus, tree(tmp_path, "3"), TO, by)

    assert published.head.revision == 4
    entry = await Heads(bus, after).get("base", "cli")
    assert entry is not None
    assert entry.signer == "stayer"


async def test_a_revoked_publisher_cannot_use_up_the_revisions(
    bus: Bus, realm: Realm, tmp_path: Path
) -> None:
    signer = realm.signer("base", Tier.PUBLISHER, "leaver")
    head = Head(revision=2**53 - 1, manifest="0" * 64, created=0)
    await Records(bus, HEADS).put("base.cli", signer.sign("heads.base.cli", head.encode()))
    after = verifier_after_revoking(realm, signer.key.public)

    by = Authority(realm.signer("base", Tier.PUBLISHER), after)
    assert (await publish_tree(bus, tree(tmp_path, "1"), TO, by)).head.revision == 1


async def test_a_rollback_signs_the_old_tree_anew_and_mends_a_forged_head(
    bus: Bus, tmp_path: Path
) -> None:
    first = await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())
    await publish_tree(bus, tree(tmp_path, "2"), TO, publisher())
    await Records(bus, HEADS).put("base.cli", b"{}")

    head = await rollback(
        bus, env="base", source="cli", revision=1, author="me", message="", by=publisher()
    )

    assert (head.revision, head.manifest) == (3, first.head.manifest)
    entry = await Heads(bus, publisher().verifier).get("base", "cli")
    assert entry is not None
    assert entry.value == head


async def test_known_bytes_are_not_judged_again(bus: Bus, tmp_path: Path) -> None:
    await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())
    known, _ = await Heads(bus, publisher().verifier).of_env("base")
    stranger = Realm.generate().verifier("base")

    good, bad = await Heads(bus, stranger).of_env("base", known)
    assert good["cli"] is known["cli"]
    assert not bad
    good, bad = await Heads(bus, stranger).of_env("base")
    assert not good
    assert bad["cli"].reason == "UnknownSigner"


async def test_a_push_to_a_mirror_that_was_set_back_counts_on_from_what_a_master_vouches_for(
    bus: Bus, realm: Realm, tmp_path: Path
) -> None:
    await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())
    said = Fresh(at=time.time(), heads={"base.cli": 7})
    word = realm.signer("base", Tier.MASTER).sign("trust.fresh", said.encode())
    await Records(bus, TRUST).put("fresh", word)

    published = await publish_tree(bus, tree(tmp_path, "1"), TO, publisher())
    assert (published.moved, published.head.revision) == (True, 8)
    forged = realm.signer("base", Tier.PUBLISHER).sign("trust.fresh", said.encode())
    await Records(bus, TRUST).put("fresh", forged)
    published = await publish_tree(bus, tree(tmp_path, "2"), TO, publisher())
    assert published.head.revision == 9
    published = await publish_tree(bus, tree(tmp_path, "2"), TO, publisher())
    assert not published.moved
