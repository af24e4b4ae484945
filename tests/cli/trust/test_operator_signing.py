"""The operator's signing key is replaced under a connected peel, and the old one counts no more."""

from __future__ import annotations

import json
import time
from pathlib import Path

import anyio
import pytest

from support.realm_folder import PASSPHRASE, make_realm
from support.served_realm import ServedRealm
from zester.bus.keys import escape_token
from zester.bus.link.connection import open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.accounts import account_token, replace_account
from zester.bus.server.signers import believed_signers
from zester.errors import BusUnavailable, SettingsError
from zester.trust.accounts import nodes_account_token, user_token
from zester.trust.credentials import Credentials
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.disk.operator_signing import (
    begin_operator_signing,
    change_operator_signing,
    next_signing,
)
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.realm_keys import dump_keys, load_keys
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier
from zester_controller.enrollment.revoker import Revoker

pytestmark = [pytest.mark.anyio, pytest.mark.e2e]

ROTATE = ("trust", "rotate")
WHAT = "operator-signing"


async def rotated(served: ServedRealm, *more: str, code: int = 0) -> str:
    done = await served.zester(*ROTATE, str(served.folder), WHAT, *more, code=code)
    return done.stdout + done.stderr


async def restart(served: ServedRealm) -> None:
    await served.stop_server()
    await served.start_server()


async def warned(served: ServedRealm) -> list[str]:
    done = await served.zester("trust", "lint", str(served.folder), "-o", "json", code=None)
    return [each["message"] for each in json.loads(done.stdout) if each["rule"] == "rotation"]


def opened(served: ServedRealm) -> RealmFolder:
    return RealmFolder.open(served.folder, PASSPHRASE, root=True)


def system(realm: RealmFolder) -> FixedLogin:
    return FixedLogin(realm.realm.system_credentials("t"), realm.ledger.authorities)


async def admits_an_account_of(served: ServedRealm, realm: RealmFolder, signer: KeyPair) -> bool:
    """Whether a thief who has ``signer`` and a master's system credentials gets an account in."""
    account, user = KeyPair.generate(KeyKind.ACCOUNT), KeyPair.generate(KeyKind.USER)
    tier = KeyPair.generate(KeyKind.ACCOUNT)
    control = realm.realm.keys("base").control.public
    token = nodes_account_token(signer, account.public, control, "base", {tier.public: Tier.VIEWER})
    async with open_bus([served.url], name="thief", login=system(realm)) as bus:
        await replace_account(bus, token)
    who = Credentials(user_token(tier, account.public, user.public, "thief", expires=None), user)
    login = FixedLogin(who, realm.ledger.authorities)
    try:
        async with open_bus([served.url], name="thief", login=login, timeout=3.0):
            return True
    except BusUnavailable:
        return False


async def revoke_a_peel(served: ServedRealm, folder: MasterFolder, key: str) -> bool:
    """Revoke as a master does that was started with these keys."""
    realm = opened(served)
    revoker = Revoker(
        [served.url],
        system=folder.keys.system,
        operators=folder.keys.operators,
        pinned=realm.ledger.operator,
        longest=1e9,
    )
    account = realm.realm.keys("base").nodes.public
    return await revoker.apply({key: int(time.time())}, account, realm.ledger.authorities)


async def test_the_operators_signing_key_is_replaced_and_no_peel_is_lost(
    served: ServedRealm,
) -> None:
    realm = opened(served)
    old = realm.realm.signing
    peel = realm.realm.issue("base", Tier.PEEL, escape_token("web-01"))
    login = FixedLogin(peel, realm.ledger.authorities)
    await served.zester("trust", "publish", str(served.folder))
    assert await admits_an_account_of(served, realm, old)
    async with open_bus([served.url], name="web-01", login=login) as bus:
        said = await rotated(served)
        assert "start them again" in said
        between = MasterFolder.open(served.folder / "masters" / "base")
        assert len(between.keys.operators) == 2
        assert await rotated(served, code=1)  # the last change is not finished
        assert "does not know the new key" in await rotated(served, "--finish", code=1)
        assert "another configuration" in " ".join(await warned(served))
        back = anyio.Event()
        bus.on_connect(back.set)
        await restart(served)
        with anyio.fail_after(20):
            await back.wait()
        assert await revoke_a_peel(served, between, KeyPair.generate(KeyKind.USER).public)

        assert "every account is signed by" in await rotated(served, "--finish")
        assert bus.connected
        with pytest.raises(SettingsError, match="not being changed"):
            next_signing(opened(served))
        # a master that was not started again since goes on
        assert await revoke_a_peel(served, between, KeyPair.generate(KeyKind.USER).public)
        assert "replaced" in " ".join(await warned(served))  # until the servers start again
        await restart(served)
        with anyio.fail_after(20):
            await bus.wait_connected(20)
        assert await warned(served) == []
        after = MasterFolder.open(served.folder / "masters" / "base")
        assert [key.public for key in after.keys.operators] != [old.public]
        assert len(after.keys.operators) == 1
        assert await revoke_a_peel(served, after, KeyPair.generate(KeyKind.USER).public)
        await bus.flush()
    assert not await admits_an_account_of(served, realm, old)
    async with open_bus([served.url], name="t", login=system(realm)) as bus:
        (server,) = await believed_signers(bus)
        assert server.keys == {opened(served).realm.signing.public}
        nodes = await account_token(bus, realm.realm.keys("base").nodes.public)
        assert nodes is not None
        assert nodes.issuer == opened(served).realm.signing.public
        assert len(nodes.nats["revocations"]) == 3  # what masters revoked meanwhile stayed


async def test_a_finish_that_was_cut_short_is_finished_by_the_next_command(
    served: ServedRealm,
) -> None:
    await served.zester("trust", "publish", str(served.folder))
    await rotated(served)
    await restart(served)
    change_operator_signing(opened(served), {"base": {}})  # killed before the servers were told
    assert "every account is signed by" in await rotated(served, "--finish")
    await restart(served)
    assert await warned(served) == []


def test_an_older_folder_of_keys_can_be_rotated(tmp_path: Path) -> None:
    realm = make_realm(tmp_path / "trust")
    values = dump_keys(realm.realm)
    del values["signing_next"], values["signing_before"]
    realm.realm = load_keys(values, realm.realm.operator)
    begin_operator_signing(realm)
    again = RealmFolder.open(tmp_path / "trust", PASSPHRASE, root=True)
    assert repr(again.realm.signing_next) == repr(realm.realm.signing_next)
    assert again.realm.signing.public == realm.realm.signing.public
