"""Account tokens on a running server."""

from __future__ import annotations

import anyio
import pytest

from support.trusted import bus_as
from zester.bus.link.connection import open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.accounts import account_token, replace_account
from zester.bus.server.embedded import EmbeddedServer
from zester.errors import BusRefused
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.tiers import Tier

pytestmark = pytest.mark.anyio


async def test_a_revocation_cuts_the_live_connection_and_survives_a_restart(
    trusted_server: EmbeddedServer, realm: Realm
) -> None:
    system = FixedLogin(realm.system_credentials("sys"), realm.authority_certificates)
    nodes = realm.keys("base").nodes.public
    peel = realm.issue("base", Tier.PEEL, "web")
    login = FixedLogin(peel, realm.authority_certificates)
    url = [trusted_server.url]
    async with open_bus(url, name="web", login=login) as bus:
        lost = anyio.Event()
        bus.on_disconnect(lost.set)
        async with open_bus(url, name="sys", login=system) as admin:
            before = await account_token(admin, nodes)
            assert before is not None
            when = before.issued + 1
            token = realm.nodes_token("base", revoked={peel.key.public: when}, now=when)
            await replace_account(admin, token)
            with anyio.fail_after(30):
                await lost.wait()
            after = await account_token(admin, nodes)
            assert after is not None
            assert after.text == token
    await trusted_server.stop()
    await trusted_server.start()
    async with open_bus(url, name="sys", login=system) as admin:
        kept = await account_token(admin, nodes)
        assert kept is not None
        assert kept.text == token
    async with bus_as(trusted_server, Tier.PEEL, "db"):
        pass


async def test_an_account_that_nobody_made_is_none_and_nonsense_is_refused(
    trusted_server: EmbeddedServer, realm: Realm
) -> None:
    system = FixedLogin(realm.system_credentials("sys"), realm.authority_certificates)
    async with open_bus([trusted_server.url], name="sys", login=system) as admin:
        unknown = KeyPair.generate(KeyKind.ACCOUNT).public
        assert await account_token(admin, unknown) is None
        with pytest.raises(BusRefused, match="did not take"):
            await replace_account(admin, "nonsense")
