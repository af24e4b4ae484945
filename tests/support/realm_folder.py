"""A realm's folder as ``zester trust init`` makes it, quickly."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.folder_login import FolderLogin
from zester.bus.server.embedded import EmbeddedServer, free_port
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.disk.founding import found_realm
from zester.trust.disk.ledger import Site as Place
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.vault import QUICK
from zester.trust.tiers import Tier

PASSPHRASE = "correct horse"  # noqa: S105 - of the tests alone


@dataclass(frozen=True, slots=True)
class Site:
    """A realm and its server, which may be stopped and started."""

    realm: RealmFolder
    server: EmbeddedServer

    @property
    def master(self) -> Path:
        return self.realm.master("base")

    def connect(self) -> AbstractAsyncContextManager[Bus]:
        """Connect as a master."""
        login = FolderLogin(ClientFolder.open(self.master), Tier.MASTER)
        return open_bus([self.server.url], name="test", login=login)


def make_site(folder: Path) -> Site:
    """Make a realm and a server of it that does not run yet."""
    port = free_port()
    realm = make_realm(folder / "trust", port=port)
    return Site(realm, EmbeddedServer(folder / "nats", port=port, realm=realm.realm))


def make_realm(folder: Path, *, port: int = 4222, envs: Sequence[str] = ("base",)) -> RealmFolder:
    """Make a realm whose server listens on loopback."""
    site = Place(
        url=(f"tls://127.0.0.1:{port}",),
        hosts=("127.0.0.1", "localhost"),
        listen=f"127.0.0.1:{port}",
        place=str(folder / "server"),
    )
    return found_realm(folder, site, envs, PASSPHRASE, cost=QUICK)
