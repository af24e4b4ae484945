"""Entries of the keyring that nobody can read heal by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.peel import until
from support.sealing import Sealing, granted
from support.trusted import bus_as
from zester.bus.buckets import EVENTS, GRANTS, KEYRING
from zester.bus.events import Event, last_event
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.bus.signed import place_of
from zester.errors import Untrusted
from zester.resources.sealing.scope_keys import ScopeKeys
from zester.telemetry.metrics import Metrics
from zester.trees.sealed.keyring import Keyring
from zester.trees.sealed.scopes import scope_of
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.grants.keyring import HEALED
from zester_controller.grants.keys import next_keys

pytestmark = pytest.mark.anyio

TREE = {
    "states/top.zy": "base:\n  '*': []\n",
    "settings/top.zy": "base:\n  '*': [common, db]\n",
    "settings/common.zy": "motd: hello\n",
    "settings/db.zy": "password: xyzzy-one\n",
}
DB = scope_of("cli", "settings/db.zy")


@pytest.fixture
def sealing(realm: Realm) -> Sealing:
    return Sealing.of(realm)


async def keys_of(bus: Bus, sealing: Sealing) -> ScopeKeys | None:
    """The keys of settings/db.zy, None while they cannot be read."""
    try:
        return (await Keyring(bus, sealing.master.verifier).get([DB])).get(DB)
    except Untrusted:
        return None


async def generations(bus: Bus, sealing: Sealing) -> list[int]:
    keys = await keys_of(bus, sealing)
    return [half.generation for half in keys.halves] if keys else []


def healed(metrics: Metrics) -> float:
    return sum(metrics.grants_keys_healed.values.values())


async def misplaced(records: Records) -> bytes:
    """What a master signed for another scope."""
    record = await records.get(scope_of("cli", "settings/common.zy"))
    assert record is not None
    return record.value


async def spoil(records: Records, how: str) -> None:
    if how == "deleted":
        await records.delete(DB)
    else:
        value = await misplaced(records) if how == "misplaced" else how.encode()
        await records.put(DB, value)


@pytest.mark.parametrize("junk", ["junk", "", "{}", '{"signed":"x"}', "misplaced"])
async def test_a_running_master_replaces_what_nobody_can_read_and_keeps_what_it_can_prove(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path, junk: str
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus) as metrics:
        peel = await sealing.enrol(bus, "db-1")
        await sealing.push(bus, tmp_path, TREE)

        async def has(wanted: list[int]) -> bool:
            return (await granted(bus, sealing, "db-1", peel)).get("db=2Ezy") == wanted

        await until("the grant", lambda: has([1]))
        before = await keys_of(bus, sealing)
        await spoil(Records(bus, KEYRING), junk)
        await until("new keys, and the old one", lambda: has([1, 2]))
        after = await keys_of(bus, sealing)
        assert before is not None
        assert after is not None
        assert after.halves[0] == before.halves[0]
        assert healed(metrics) == 1

        async def told() -> Event | None:
            return await last_event(bus, EVENTS, HEALED)

        await until("the event", told)
        event = await told()
        assert event is not None
        assert json.loads(event.data) == {"scope": DB, "generation": 2, "kept": [1]}
        assert (await sealing.push(bus, tmp_path)).uploaded_blobs > 0  # sealed with the new one
        assert not (await sealing.push(bus, tmp_path)).moved


@pytest.mark.parametrize("junk", ["junk", "misplaced", "deleted"])
async def test_a_push_is_not_held_up_by_an_entry_that_nobody_can_read(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path, junk: str
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            await sealing.push(bus, tmp_path, TREE)
        await spoil(Records(bus, KEYRING), junk)
        async with (
            bus_as(trusted_server, Tier.PUBLISHER) as publisher,
            sealing.room(bus, "two"),
        ):
            await sealing.push(publisher, tmp_path, {"settings/db.zy": "password: xyzzy-two\n"})
            assert await generations(bus, sealing) == [1, 2]


async def test_a_master_that_was_away_finds_what_became_unreadable_meanwhile(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            await sealing.push(bus, tmp_path, TREE)
        records = Records(bus, KEYRING)
        await spoil(records, "junk")
        await records.put(make_key("gone", "settings/x.zy"), b"junk of a source that is gone")
        async with sealing.room(bus, "two") as metrics:
            await until("both", lambda: healed(metrics) == 2)
            assert await generations(bus, sealing) == [1, 2]


async def test_keys_of_a_stranger_do_not_take_the_place_of_what_can_be_proved(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    stranger = Sealing.of(Realm.generate()).master.signer
    forged = next_keys(sealing.master.masters, DB, None, after=2**29)
    huge = next_keys(sealing.master.masters, DB, None, after=2**31 - 2)
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            await sealing.push(bus, tmp_path, TREE)
        records = Records(bus, KEYRING)
        for keys in (huge, forged):
            await records.put(DB, stranger.sign(place_of(KEYRING, DB), keys.encode()))
        async with sealing.room(bus, "two") as metrics:
            await until("new keys", lambda: healed(metrics) == 1)
            assert await generations(bus, sealing) == [1, 2]
        await records.delete(DB)
        await records.put(DB, stranger.sign(place_of(KEYRING, DB), huge.encode()))
        async with sealing.room(bus, "three"):

            async def anew() -> bool:
                return (await generations(bus, sealing))[-1:] == [3]

            await until("new keys again", anew)


async def test_without_any_proof_there_are_new_keys_and_peels_keep_what_they_have_until_a_push(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus) as metrics:
        peel = await sealing.enrol(bus, "db-1")
        await sealing.push(bus, tmp_path, TREE)

        async def has(old: bool) -> bool:
            found = (await granted(bus, sealing, "db-1", peel)).get("db=2Ezy", [])
            return (found == [1]) if old else bool(found) and found != [1]

        await until("the grant", lambda: has(True))
        stored = await Records(bus, GRANTS).get("db-1")
        records = Records(bus, KEYRING)
        for number in range(KEYRING.history + 1):  # nothing good is left
            await records.put(DB, b"junk %d" % number)

        async def anew() -> bool:
            found = await generations(bus, sealing)
            return bool(found) and found[-1] > 1

        await until("new keys", anew)
        if 1 not in await generations(bus, sealing):  # else the master was quicker than the junk
            assert await Records(bus, GRANTS).get("db-1") == stored
        assert healed(metrics) >= 1
        await sealing.push(bus, tmp_path)
        await until("the new grant", lambda: has(False))
