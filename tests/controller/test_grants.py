"""Who is granted which keys, over a real server of a realm."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import anyio
import pytest

from support.peel import until
from support.sealing import ENV, SETTINGS, Sealing, granted, has_db
from support.trusted import bus_as
from zester.bus.buckets import BLOBS, GRANTS, HEADS, KEYRING, NODES
from zester.bus.keys import make_key
from zester.bus.records import Records
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusRefused, InvalidKey, RevokedSigner
from zester.resources.sealing.keyring_request import KeyringRequest
from zester.trees.publish import Authority
from zester.trees.sealed.keyring import ENSURE, Keyring
from zester.trees.sealed.rotation import flag_granted
from zester.trees.sealed.scopes import scope_of
from zester.trust.bundle import read_bundle
from zester.trust.nkeys import KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier
from zester_controller.grants.authority import GrantAuthority

pytestmark = pytest.mark.anyio


@pytest.fixture
def sealing(realm: Realm) -> Sealing:
    return Sealing.of(realm)


async def test_a_peel_is_granted_what_the_top_file_assigns_and_what_that_includes(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus):
        db = await sealing.enrol(bus, "db-1", role="db", facts={"os": "Debian"})
        web = await sealing.enrol(bus, "web-1", role="web")
        await sealing.push(bus, tmp_path, SETTINGS)

        async def there() -> bool:
            return bool(await granted(bus, sealing, "web-1", web)) and bool(
                await granted(bus, sealing, "db-1", db)
            )

        await until("grants", there)
        assert await granted(bus, sealing, "db-1", db) == {
            name: [1] for name in ("common=2Ezy", "db=2Ezy", "db/users=2Ezy", "deb=2Ezy")
        }
        assert await granted(bus, sealing, "web-1", web) == {"common=2Ezy": [1]}


async def test_a_change_of_content_is_one_blob_and_no_grant(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus) as metrics:
        key = await sealing.enrol(bus, "db-1", role="db")
        await sealing.push(bus, tmp_path, SETTINGS)

        async def there() -> bool:
            return "db=2Ezy" in await granted(bus, sealing, "db-1", key)

        await until("grants", there)
        before = metrics.grants_written.values.copy(), metrics.grants_computed.values.copy()
        keyring = [record.revision async for record in Records(bus, KEYRING).scan("*.*")]
        changed = {"settings/db.zy": SETTINGS["settings/db.zy"].replace("one", "two")}
        second = await sealing.push(bus, tmp_path, changed)
        assert second.uploaded_blobs == 1
        assert second.diff.paths == ("settings/db.zy",)
        third = await sealing.push(bus, tmp_path)
        assert not third.moved
        assert third.uploaded_blobs == 0
        await sealing.enrol(bus, "late", role="web")  # whoever comes after sees what came before

        async def looked() -> bool:
            return await Records(bus, GRANTS).get("late") is not None

        await until("the next grant", looked)
        assert sum(metrics.grants_written.values.values()) == sum(before[0].values()) + 1
        assert sum(metrics.grants_computed.values.values()) == sum(before[1].values()) + 1
        after = [record.revision async for record in Records(bus, KEYRING).scan("*.*")]
        assert sorted(after) == sorted(keyring)


async def test_nothing_of_a_settings_file_is_on_the_bus_in_clear(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus):
        await sealing.push(bus, tmp_path, SETTINGS)
        stored = [record.value async for record in Records(bus, BLOBS).scan()]
        assert not any(b"xyzzy" in data or b"alice" in data for data in stored)
        assert any(b"label:role=db" in data for data in stored)  # the top file says who gets what


async def test_labels_facts_and_keys_decide_anew_for_the_one_peel_they_are_of(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus) as metrics:
        first = await sealing.enrol(bus, "n-1", role="web", facts={"os": "Fedora"})
        other = await sealing.enrol(bus, "n-2", role="web", facts={"os": "Fedora"})
        await sealing.push(bus, tmp_path, SETTINGS)

        async def has(node: str, key: KeyPair, *names: str) -> bool:
            found = await granted(bus, sealing, node, key)
            return set(found) == {f"{name}=2Ezy" for name in names}

        await until("first grants", lambda: has("n-1", first, "common"))
        await until("first grants", lambda: has("n-2", other, "common"))
        written = sum(metrics.grants_written.values.values())
        await sealing.enrol(bus, "n-1", first, role="db")
        await until("a label", lambda: has("n-1", first, "common", "db", "db/users"))
        await sealing.enrol(bus, "n-1", first, facts={"os": "Debian"}, role="db")
        await until("a fact", lambda: has("n-1", first, "common", "db", "db/users", "deb"))
        await sealing.enrol(bus, "n-1", first, facts={"os": "Debian", "uptime": 5}, role="db")
        new = await sealing.enrol(bus, "n-1", role="db")
        await until("a new key", lambda: has("n-1", new, "common", "db", "db/users", "deb"))
        assert sum(metrics.grants_written.values.values()) == written + 3


async def test_who_loses_a_file_has_its_key_replaced_by_the_next_push(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus):
        lost = await sealing.enrol(bus, "db-1", role="db")
        kept = await sealing.enrol(bus, "db-2", role="db")
        await sealing.push(bus, tmp_path, SETTINGS)

        async def generations(node: str, key: KeyPair) -> list[int] | None:
            return (await granted(bus, sealing, node, key)).get("db=2Ezy")

        async def is_(node: str, key: KeyPair, wanted: list[int] | None) -> bool:
            return await generations(node, key) == wanted

        await until("grants", lambda: is_("db-1", lost, [1]))
        await until("grants", lambda: is_("db-2", kept, [1]))
        await sealing.enrol(bus, "db-1", lost, role="web")
        await until("the loss", lambda: is_("db-1", lost, None))
        await sealing.push(bus, tmp_path)
        await until("new keys", lambda: is_("db-2", kept, [1, 2]))
        assert await generations("db-1", lost) is None


async def test_the_scopes_of_a_revoked_peel_are_flagged(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus):
        key = await sealing.enrol(bus, "db-1", role="db")
        await sealing.push(bus, tmp_path, SETTINGS)

        async def there() -> bool:
            return bool(await granted(bus, sealing, "db-1", key))

        await until("grants", there)
        master = sealing.master
        assert await flag_granted(bus, master.signer, master.verifier, "db-1") == 3
        assert await flag_granted(bus, master.signer, master.verifier, "db-1") == 0
        assert await flag_granted(bus, master.signer, master.verifier, "unknown") == 0
        scope = scope_of("cli", "settings/db.zy")
        keys = (await Keyring(bus, master.verifier).get([scope]))[scope]
        assert keys.rotate
        await sealing.push(bus, tmp_path)
        keys = (await Keyring(bus, master.verifier).get([scope]))[scope]
        assert (keys.rotate, keys.newest.generation) == (False, 2)


async def test_another_master_goes_on_without_writing_anything_again(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            keys = {f"n-{n}": await sealing.enrol(bus, f"n-{n}", role="db") for n in range(5)}
            await sealing.push(bus, tmp_path, SETTINGS)

            async def all_there() -> bool:
                return all([await granted(bus, sealing, n, key) for n, key in keys.items()])

            await until("grants", all_there)
        async with sealing.room(bus, "two") as metrics:
            await until("a look", lambda: sum(metrics.grants_computed.values.values()) >= 5)
            await sealing.enrol(bus, "late", role="web")

            async def looked() -> bool:
                return await Records(bus, GRANTS).get("late") is not None

            await until("the next grant", looked)
            assert sum(metrics.grants_written.values.values()) == 1


async def test_what_was_purged_is_granted_again_when_it_is_enrolled_again(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with bus_as(trusted_server, Tier.MASTER) as bus, sealing.room(bus):
        await sealing.enrol(bus, "db-1", role="db")
        await sealing.push(bus, tmp_path, SETTINGS)
        records = Records(bus, GRANTS)

        async def there() -> bool:
            return await records.get("db-1") is not None

        await until("grants", there)
        await records.delete("db-1")
        key = await sealing.enrol(bus, "db-1", role="db")

        async def again() -> bool:
            return bool(await granted(bus, sealing, "db-1", key))

        await until("grants", again)


async def test_a_publisher_gets_keys_of_scopes_and_answers_only_in_its_inbox(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    async with (
        bus_as(trusted_server, Tier.MASTER) as bus,
        bus_as(trusted_server, Tier.PUBLISHER) as publisher,
        sealing.room(bus),
    ):
        assert (await sealing.push(publisher, tmp_path, SETTINGS)).moved
        scopes = [record.key async for record in Records(bus, KEYRING).scan("*.*")]
        assert len(scopes) == 5
        keyring = Keyring(publisher, sealing.master.verifier)
        for bad in ("../x", "cli", "cli.*", "a.b.c", "cli." + "x" * 2000):
            with pytest.raises((BusRefused, InvalidKey), match=r"makes no keys|not a key"):
                await keyring.ensure([bad], rotate=True)
        # The master may write where the publisher may not: an answer must not become a key.
        request = KeyringRequest(scopes=(scopes[0],), rotate=True).encode()
        for reply in ("$KV.grants.db-1", "$KV.nodes.db-1", "_INBOX.>", "live.grants.db-1"):
            await publisher._need().publish(ENSURE, request, reply=reply)
        await keyring.ensure([scopes[0]], rotate=True)
        assert (await keyring.get([scopes[0]]))[scopes[0]].newest.generation == 2
        for bucket in (GRANTS, NODES):
            assert [record.key async for record in Records(bus, bucket).scan()] == []


async def test_keys_outlive_the_masters_who_made_them(
    trusted_server: EmbeddedServer, sealing: Sealing, realm: Realm, tmp_path: Path
) -> None:
    scope = scope_of("cli", "settings/db.zy")
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            key = await sealing.enrol(bus, "db-1", role="db")
            await sealing.push(bus, tmp_path, SETTINGS)
            await until("grants", lambda: has_db([1], bus, sealing, key))
        # the master who signed all of that was broken into
        thief = sealing.master.signer.key.public
        bundle = read_bundle(
            realm.bundle(ENV, serial=2, revoked={thief: 1}), operator=realm.operator_public, env=ENV
        )
        verifier = Verifier(bundle)
        signer = realm.signer(ENV, Tier.MASTER, "another")
        master = GrantAuthority(signer, verifier, sealing.master.masters)
        after = dataclasses.replace(
            sealing, master=master, publisher=Authority(sealing.publisher.signer, verifier)
        )
        with pytest.raises(RevokedSigner):
            await Keyring(bus, verifier).get([scope])
        key = await after.enrol(bus, "db-1", key, role="db")
        async with after.room(bus, "two"):
            await until("new keys", lambda: has_db([1, 2], bus, after, key))
            assert (await Keyring(bus, verifier).get([scope]))[scope].newest.generation == 2
            assert (await after.push(bus, tmp_path)).moved


async def test_what_cannot_be_read_takes_nothing_away_from_anybody(
    trusted_server: EmbeddedServer, sealing: Sealing, tmp_path: Path
) -> None:
    head = make_key(ENV, "cli")
    async with bus_as(trusted_server, Tier.MASTER) as bus:
        async with sealing.room(bus):
            key = await sealing.enrol(bus, "db-1", role="db")
            await sealing.push(bus, tmp_path, SETTINGS)
            await until("grants", lambda: has_db([1], bus, sealing, key))
        grants, heads = Records(bus, GRANTS), Records(bus, HEADS)
        before, good = await grants.get("db-1"), await heads.get(head)
        assert good is not None
        await heads.put(head, b"junk")
        async with sealing.room(bus, "two") as metrics:
            await sealing.enrol(bus, "late", role="web")
            await anyio.sleep(1.0)  # nothing must happen
            assert await grants.get("db-1") == before
            assert sum(metrics.grants_written.values.values()) == 0
        await heads.put(head, good.value)
        await heads.delete(head)
        async with sealing.room(bus, "three"):
            await anyio.sleep(0.5)  # the same
        assert await grants.get("db-1") == before
