"""The master's books outlive the keys that they were signed with."""

from __future__ import annotations

import dataclasses
import time

import pytest

from support.trusted import ENV
from zester.bus.buckets import FACTS, NODES
from zester.bus.jobs.roster import read_roster
from zester.bus.keys import make_key
from zester.bus.kv import Kv
from zester.bus.labels import read_labels
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.signed import SignedKv
from zester.errors import UnknownSigner
from zester.resources.enrollment.enrollment import Enrollment
from zester.resources.nodes.facts import NodeFacts
from zester.resources.nodes.node_record import NodeRecord
from zester.targeting.parser import parse_target
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.enrollment.ledger import Ledger

pytestmark = pytest.mark.anyio


def enrollment(node: str = "web-01", **labels: str) -> Enrollment:
    key = KeyPair.generate(KeyKind.USER).public
    return Enrollment(
        id=node, env=ENV, key=key, state="accepted", labels=labels, requested=int(time.time())
    )


def with_new_key(realm: Realm) -> Realm:
    """The realm after the first step of replacing the masters' signing key."""
    keys = realm.keys(ENV)
    changed = dataclasses.replace(
        keys,
        signing={**keys.signing, Tier.MASTER: KeyPair.generate(KeyKind.ACCOUNT)},
        retired={keys.signing[Tier.MASTER].public: Tier.MASTER},
    )
    return dataclasses.replace(realm, environments={ENV: changed})


async def test_what_an_old_signing_key_vouched_for_is_signed_again(bus: Bus, realm: Realm) -> None:
    record = enrollment(role="db")
    old = Ledger(bus, realm.signer(ENV, Tier.MASTER), realm.verifier(ENV))
    await old.keep(record, 0)
    await old.note(record)
    changed = with_new_key(realm)
    new = Ledger(bus, changed.signer(ENV, Tier.MASTER), changed.verifier(ENV))
    stored = await Records(bus, NODES).get(make_key("web-01"))
    assert stored is not None
    assert new.outdated(stored.value)
    assert not old.outdated(stored.value)

    await new.note(record)

    keys = dataclasses.replace(changed.keys(ENV), retired={})
    finished = dataclasses.replace(changed, environments={ENV: keys})
    nodes = SignedKv(bus, NODES, NodeRecord, finished.verifier(ENV))
    found = await nodes.get(make_key("web-01"))
    assert found is not None
    assert (found.value.revision, found.value.labels) == (2, {"role": "db"})
    with pytest.raises(UnknownSigner):  # it is still signed with the old one
        await Ledger(bus, finished.signer(ENV, Tier.MASTER), finished.verifier(ENV)).find("web-01")


async def test_a_record_that_says_the_same_is_not_written_again(bus: Bus, realm: Realm) -> None:
    ledger = Ledger(bus, realm.signer(ENV, Tier.MASTER), realm.verifier(ENV))
    record = enrollment(role="db")

    for _ in range(3):
        await ledger.note(record)

    versions = [found async for found in Records(bus, NODES).versions(make_key("web-01"))]
    assert len(versions) == 1


async def test_a_record_counts_on_after_it_was_removed(bus: Bus, realm: Realm) -> None:
    ledger = Ledger(bus, realm.signer(ENV, Tier.MASTER), realm.verifier(ENV))
    await ledger.note(enrollment(role="db"))
    await Records(bus, NODES).delete(make_key("web-01"))

    await ledger.note(enrollment(role="web"))

    found = await SignedKv(bus, NODES, NodeRecord, realm.verifier(ENV)).get(make_key("web-01"))
    assert found is not None
    assert found.value.revision == 2


async def test_labels_are_those_that_a_master_gave(bus: Bus, realm: Realm) -> None:
    verifier = realm.verifier(ENV)
    ledger = Ledger(bus, realm.signer(ENV, Tier.MASTER), verifier)
    await ledger.note(enrollment("db-01", role="db"))
    stranger = Ledger(bus, realm.signer(ENV, Tier.PUBLISHER), verifier)
    await stranger.note(enrollment("web-01", role="db"))

    assert await read_labels(bus, verifier) == {"db-01": {"role": "db"}}


async def test_a_command_for_a_label_expects_those_that_have_it(bus: Bus, realm: Realm) -> None:
    verifier = realm.verifier(ENV)
    ledger = Ledger(bus, realm.signer(ENV, Tier.MASTER), verifier)
    for node, role in (("db-01", "db"), ("web-01", "web")):
        await ledger.note(enrollment(node, role=role))
        facts = NodeFacts(id=node, values={"labels": {"role": "db"}}, collected=1.0)
        await Kv(bus, FACTS, NodeFacts).put(make_key(node), facts)

    roster = await read_roster(bus, parse_target("label:role=db"), verifier=verifier)

    assert roster.sure == {"db-01"}
