"""Only the credentials of a leaf site open the door for leaf servers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import anyio
import pytest

from zester.bus.link.connection import open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.errors import BusUnavailable
from zester.trust.accounts import leaf_account_token, leaf_user_token
from zester.trust.credentials import Credentials
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.realm import Realm
from zester.trust.server.config import ServerPlaces, server_config
from zester.trust.server.links import Remote, listener_part, remotes_part
from zester.trust.tiers import Tier
from zester.trust.tokens import read_token

pytestmark = pytest.mark.anyio


class Linked(EmbeddedServer):
    """A server of a realm with one more part in its configuration, and one more account."""

    def __init__(
        self, folder: Path, realm: Realm, *, account: str = "", domain: str = "hub"
    ) -> None:
        super().__init__(folder, realm=realm)
        self.listens = free_port()
        self.calls: tuple[int, Remote] | None = None
        self._account = account
        self._domain = domain

    def _config(self, realm: Realm) -> str:
        self.write_certificate(realm)
        places = ServerPlaces(
            self.name,
            f"127.0.0.1:{self.port}",
            self.folder,
            self.folder / "server.pem",
            self.folder / "server.key",
            self.folder / "ca.pem",
            self.log_file,
            self._domain,
        )
        tokens = realm.server_tokens()
        accounts = dict(tokens.accounts)
        if self._account:
            accounts[read_token(self._account).subject] = self._account
        extra = listener_part(places, f"127.0.0.1:{self.listens}")
        if self.calls is not None:
            extra = remotes_part(places, [f"127.0.0.1:{self.calls[0]}"], [self.calls[1]])
        return server_config(places, dataclasses.replace(tokens, accounts=accounts), extra=extra)


async def said(server: EmbeddedServer, *words: str) -> str:
    """Wait until the server's log has one of the words; return which."""
    with anyio.fail_after(30):
        while True:
            log = server.log_file.read_text()
            for word in words:
                if word in log:
                    return word
            await anyio.sleep(0.05)


@pytest.mark.parametrize("who", ["peel", "viewer", "master", "system", "site"])
async def test_only_a_sites_credentials_open_the_door_for_its_server(
    who: str, realm: Realm, tmp_path: Path
) -> None:
    keys, account, user = (
        realm.keys("base"),
        KeyPair.generate(KeyKind.ACCOUNT),
        KeyPair.generate(KeyKind.USER),
    )
    token = leaf_account_token(realm.signing, account.public, keys.control.public, "base", "shop")
    site = Credentials(leaf_user_token(account, user.public, "shop"), user)
    local, creds = {
        "peel": (keys.nodes.public, realm.issue("base", Tier.PEEL, "web-01")),
        "viewer": (keys.nodes.public, realm.issue("base", Tier.VIEWER, "viewer/v")),
        "master": (keys.control.public, realm.issue("base", Tier.MASTER, "m")),
        "system": (realm.system.public, realm.system_credentials("m")),
        "site": (keys.control.public, site),
    }[who]
    file = tmp_path / "hub.creds"
    file.touch(mode=0o600)
    file.write_text(creds.encode())
    hub = Linked(tmp_path / "hub", realm, account=token)
    async with hub:
        leaf = Linked(tmp_path / "leaf", realm, domain="shop")
        leaf.calls = hub.listens, Remote(local, file)
        async with leaf:
            opened = "JetStream using domains"  # said once it was let in
            found = await said(leaf, "Authorization Violation", opened)
            assert found == (opened if who == "site" else "Authorization Violation")
        if who == "site":  # and nothing else
            login = FixedLogin(site, realm.authority_certificates)
            with pytest.raises(BusUnavailable, match="Authorization Violation"):
                async with open_bus([hub.url], name="site", login=login, timeout=3):
                    pass
