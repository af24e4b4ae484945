"""The master keeps the newest trust bundle where everybody looks."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest

from support.realm_folder import make_realm
from zester.bus.buckets import TRUST
from zester.bus.hints import watch_hints
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.folder_login import FolderLogin
from zester.bus.link.login import FixedLogin
from zester.bus.records import Records
from zester.bus.server.accounts import account_token, replace_account
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.bus.server.provision import provision
from zester.errors import SettingsError
from zester.trust.disk.changing import revoke
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.realm import Realm
from zester.trust.tiers import Tier
from zester_controller.keeper.trust_keeper import KEY, TrustKeeper

pytestmark = pytest.mark.anyio


@pytest.fixture
def made(tmp_path: Path) -> RealmFolder:
    return make_realm(tmp_path / "trust", port=free_port())


@pytest.fixture
async def master(made: RealmFolder, tmp_path: Path) -> AsyncIterator[Bus]:
    """A master's connection to a server of the realm, with all buckets."""
    port = int(made.ledger.site.url[0].rpartition(":")[2])
    folder = MasterFolder.open(made.master("base"))
    login = FolderLogin(folder.client, Tier.MASTER)
    async with (
        EmbeddedServer(tmp_path / "nats", port=port, realm=made.realm) as server,
        open_bus([server.url], name="master", login=login) as bus,
    ):
        await provision(bus)
        yield bus


def keeper_of(bus: Bus, made: RealmFolder) -> TrustKeeper:
    return TrustKeeper(bus, MasterFolder.open(made.master("base")), interval=60)


async def on_the_bus(bus: Bus) -> bytes | None:
    record = await Records(bus, TRUST).get("bundle")
    return None if record is None else record.value


async def test_a_new_server_gets_the_bundle_and_everybody_a_hint(
    master: Bus, made: RealmFolder
) -> None:
    heard = anyio.Event()
    await watch_hints(master, TRUST, "*", lambda _: heard.set())
    await keeper_of(master, made).reconcile(KEY)
    with anyio.fail_after(30):
        await heard.wait()
    assert await on_the_bus(master) == made.ledger.state("base").bundle.encode()


async def test_a_newer_bundle_on_the_bus_is_kept_and_given_back_when_the_server_lost_it(
    master: Bus, made: RealmFolder
) -> None:
    newer = made.realm.bundle("base", serial=9)
    records = Records(master, TRUST)
    await records.put("bundle", newer)
    await keeper_of(master, made).reconcile(KEY)
    assert (made.master("base") / "bundle").read_bytes() == newer
    await records.delete("bundle")
    await keeper_of(master, made).reconcile(KEY)
    assert await on_the_bus(master) == newer


@pytest.mark.parametrize("bad", [b"nonsense", b"{}", Realm.generate().bundle("base", serial=99)])
async def test_a_bundle_that_nobody_may_believe_is_replaced(
    master: Bus, made: RealmFolder, bad: bytes
) -> None:
    await Records(master, TRUST).put("bundle", bad)
    await keeper_of(master, made).reconcile(KEY)
    assert await on_the_bus(master) == made.ledger.state("base").bundle.encode()


async def test_without_any_bundle_the_way_out_is_told(master: Bus, made: RealmFolder) -> None:
    (made.master("base") / "bundle").unlink()
    with pytest.raises(SettingsError, match="no trust bundle in"):
        await keeper_of(master, made).reconcile(KEY)


async def test_an_account_that_the_servers_lack_comes_with_the_bundle(
    master: Bus, made: RealmFolder
) -> None:
    revoke(made, "base", "publisher", {})  # in the folder only, as with --offline
    await keeper_of(master, made).reconcile(KEY)
    keys = MasterFolder.open(made.master("base")).keys
    login = FixedLogin(keys.system, made.ledger.authorities)
    async with open_bus(master.servers, name="look", login=login) as bus:
        found = await account_token(bus, made.realm.keys("base").control.public)
    assert found is not None
    assert found.text == made.ledger.state("base").control


async def test_of_two_accounts_of_one_second_the_servers_get_that_of_the_bundle(
    master: Bus, made: RealmFolder
) -> None:
    keys, now = MasterFolder.open(made.master("base")).keys, time.time() + 60
    ours = made.realm.control_token("base", now=now)
    theirs = made.realm.control_token("base", now=now, revoked={keys.system.key.public: int(now)})
    login = FixedLogin(keys.system, made.ledger.authorities)
    async with open_bus(master.servers, name="look", login=login) as bus:
        await replace_account(bus, theirs)
        await Records(master, TRUST).put(
            "bundle", made.realm.bundle("base", serial=9, account=ours)
        )
        await keeper_of(master, made).reconcile(KEY)
        found = await account_token(bus, made.realm.keys("base").control.public)
    assert found is not None
    assert found.text == ours
