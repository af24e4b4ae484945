"""A revoked peel: cut off at once, nothing left of it, and never back with its old key."""

from __future__ import annotations

import time
from pathlib import Path

import anyio
import pytest

from support.enrolling import (
    admitting,
    ask_once,
    machine,
    master_keys,
    operating,
    realm_of,
)
from support.peel import until
from support.trusted import ENV
from zester.bus.buckets import FACTS, GRANTS, LEASES, NODES, STATUS
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Records
from zester.bus.server.accounts import account_token, replace_account
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusUnavailable, UnknownSigner
from zester.trust.nkeys import KeyKind, KeyPair
from zester_controller.enrollment.revoker import Revoker
from zester_controller.enrollment.rules import Rules
from zester_peel.agent.identity.identity import Identity
from zester_peel.agent.identity.login import PeelLogin

pytestmark = pytest.mark.anyio

ALL = Rules(ENV, policy="all")
DAY = 86_400


async def refused(server: EmbeddedServer, identity: Identity) -> bool:
    try:
        async with open_bus([server.url], name="peel", login=PeelLogin(identity), timeout=3):
            return False
    except BusUnavailable as error:
        if "authorization" not in str(error).lower():
            raise
        return True


async def belongings(bus: Bus, node: str) -> set[str]:
    found = set()
    for bucket in (NODES, FACTS, STATUS, GRANTS):
        if await Records(bus, bucket).get(make_key(node)) is not None:
            found.add(bucket.name)
    if await Records(bus, LEASES).get(make_key("peel", node)) is not None:
        found.add("leases")
    return found


async def test_a_revoked_peel_is_cut_off_and_nothing_is_left_of_it(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web, db = (machine(tmp_path, trusted_server, node) for node in ("web-01", "db-01"))
    url = [trusted_server.url]
    async with admitting(trusted_server, ALL) as master, operating(trusted_server) as operator:
        for identity in (web, db):
            await ask_once(trusted_server, identity)
            async with open_bus(url, name="peel", login=PeelLogin(identity)) as bus:
                for bucket in (FACTS, STATUS):
                    await Records(bus, bucket).put(make_key(identity.id), b"x")
                await Records(bus, LEASES).put(make_key("peel", identity.id), b"x")
        async with open_bus(url, name="web", login=PeelLogin(web)) as bus:
            lost = anyio.Event()
            bus.on_disconnect(lost.set)

            await operator.revoke()

            with anyio.fail_after(30):
                await lost.wait()

        async def purged() -> bool:
            found = await operator.find()
            return found is not None and found.value.purged is not None

        await until("the belongings are gone", purged)
        assert await belongings(master.bus, "web-01") == set()
        assert await belongings(master.bus, "db-01") == {"nodes", "facts", "status", "leases"}
        assert await refused(trusted_server, web)
        assert not await refused(trusted_server, db)
        heard = await ask_once(trusted_server, web)
        assert (heard.answer.verdict, heard.answer.reason) == ("rejected", "Revoked")

    await trusted_server.stop()
    await trusted_server.start()
    assert await refused(trusted_server, web)
    assert not await refused(trusted_server, db)


async def test_a_revocation_made_without_a_master_is_carried_out_by_the_next_one(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    web = machine(tmp_path, trusted_server)
    async with operating(trusted_server) as operator:
        async with admitting(trusted_server, ALL):
            await ask_once(trusted_server, web)
        await operator.revoke()
        assert not await refused(trusted_server, web)

        async with admitting(trusted_server, ALL):

            async def cut() -> bool:
                return await refused(trusted_server, web)

            await until("the next master cuts it off", cut)


async def test_servers_that_lost_a_revocation_are_told_again(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    realm = realm_of(trusted_server)
    web = machine(tmp_path, trusted_server)
    async with operating(trusted_server) as operator:
        async with admitting(trusted_server, ALL):
            await ask_once(trusted_server, web)
            await operator.revoke()

            async def cut() -> bool:
                return await refused(trusted_server, web)

            await until("it is cut off", cut)
        system = FixedLogin(realm.system_credentials("s"), realm.authority_certificates)
        async with open_bus([trusted_server.url], name="s", login=system) as bus:
            # As if the servers' folder came from an old backup.
            await replace_account(bus, realm.nodes_token(ENV, now=time.time() + 60))
        assert not await refused(trusted_server, web)

        async with admitting(trusted_server, ALL):
            await until("it is cut off again", cut)


async def test_a_reinstalled_machine_comes_back_under_its_name_with_a_new_key(
    trusted_server: EmbeddedServer, tmp_path: Path
) -> None:
    old = machine(tmp_path / "old", trusted_server)
    new = machine(tmp_path / "new", trusted_server)
    async with admitting(trusted_server), operating(trusted_server) as operator:
        word = await operator.invite(trusted_server, uses=2)
        await ask_once(trusted_server, old, invitation=word)
        await operator.revoke()

        async def cut() -> bool:
            return await refused(trusted_server, old)

        await until("the old key is cut off", cut)
        heard = await ask_once(trusted_server, new, invitation=word)

        assert heard.answer.verdict == "accepted"
        assert not await refused(trusted_server, new)
        assert await refused(trusted_server, old)
        found = await operator.find()
        assert found is not None
        assert old.key.public in found.value.revoked


def revoker(server: EmbeddedServer, operator: KeyPair | None = None) -> Revoker:
    realm = realm_of(server)
    keys = master_keys(realm)
    return Revoker(
        [server.url],
        system=keys.system,
        operators=[operator or keys.operator],
        pinned=realm.operator_public,
        longest=31 * DAY,
    )


async def test_the_list_of_the_revoked_stays_short_and_keeps_what_others_put_there(
    trusted_server: EmbeddedServer,
) -> None:
    realm = realm_of(trusted_server)
    account, authorities = realm.keys(ENV).nodes.public, realm.authority_certificates
    now = int(time.time())
    viewer, recent, old = (KeyPair.generate(KeyKind.USER).public for _ in range(3))
    system = FixedLogin(realm.system_credentials("s"), authorities)
    async with open_bus([trusted_server.url], name="s", login=system) as bus:
        theirs = {viewer: now - 300 * DAY, old: now - 300 * DAY}
        await replace_account(bus, realm.nodes_token(ENV, revoked=theirs, now=now + 1))

        ours = {recent: now, old: now - 300 * DAY}
        assert await revoker(trusted_server).apply(ours, account, authorities)
        assert not await revoker(trusted_server).apply(ours, account, authorities)

        token = await account_token(bus, account)
        assert token is not None
        assert set(token.nats["revocations"]) == {viewer, recent}
        assert token.issuer == realm.signing.public
        before = realm.nodes_token(ENV)
        assert len(token.text) < len(before) + 400


async def test_an_account_that_is_not_ours_is_not_signed(trusted_server: EmbeddedServer) -> None:
    realm = realm_of(trusted_server)
    stranger = revoker(trusted_server, KeyPair.generate(KeyKind.OPERATOR))
    victim = KeyPair.generate(KeyKind.USER).public

    with pytest.raises(UnknownSigner):
        await stranger.apply(
            {victim: 1}, realm.keys(ENV).nodes.public, realm.authority_certificates
        )
