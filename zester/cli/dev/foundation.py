"""What a dev set-up stands on: a realm of its own and the server that runs on it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio

from zester.bus.link.login import FixedLogin
from zester.bus.server.embedded import find_server, greets
from zester.cli.dev.processes import DevProcess
from zester.errors import EmbeddedServerError
from zester.trust.address import SCHEME
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.disk.founding import found_realm
from zester.trust.disk.ledger import Ledger, Site
from zester.trust.disk.private_file import write_private
from zester.trust.disk.realm_folder import read_ledger
from zester.trust.disk.server_folder import CONFIG, server_name
from zester.trust.disk.vault import QUICK
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier

ENV = "base"
HOST = "127.0.0.1"
READY = 15.0


class Foundation:
    """The realm of a dev set-up, below ``<folder>/trust``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "trust"
        self.ledger: Ledger = read_ledger(self.folder)

    @classmethod
    def lay(cls, folder: Path, port: int) -> Foundation:
        """Return the realm of a folder; make it, for a server on ``port``, when there is none."""
        if not (folder / "trust").exists():
            # As random as a key, so that it need not be slow. It is for trying `zester trust`.
            passphrase = KeyPair.generate(KeyKind.USER).public
            write_private(folder / "passphrase", passphrase + "\n")
            site = Site(
                url=(f"{SCHEME}://{HOST}:{port}",),
                hosts=(HOST, "localhost"),
                listen=f"{HOST}:{port}",
                place=str(folder / "trust" / "server"),
            )
            found_realm(folder / "trust", site, (ENV,), passphrase, cost=QUICK)
        return cls(folder)

    @property
    def url(self) -> str:
        return self.ledger.site.url[0]

    @property
    def master(self) -> Path:
        return self.folder / "masters" / ENV

    @property
    def client(self) -> ClientFolder:
        return ClientFolder.open(self.folder / "clients" / ENV)

    def login(self) -> FixedLogin:
        """Return an operator's login."""
        client = self.client
        return FixedLogin(client.credentials(Tier.OPERATOR), client.authorities())

    def server(self, name: str, log: Path) -> DevProcess:
        """Return the server's process, not yet started."""
        return DevProcess(
            name, (find_server(), "-c", str(self.folder / "server" / CONFIG)), str(log)
        )

    async def wait_ready(self, alive: Callable[[], bool], log: str) -> None:
        """Wait until our own server listens; raises EmbeddedServerError when it died or is late."""
        port = int(self.url.rpartition(":")[2])
        with anyio.move_on_after(READY):
            while alive():
                if await greets(port, server_name(self.ledger)):
                    return
                await anyio.sleep(0.02)
        raise EmbeddedServerError(
            f"nats-server did not get ready at {self.url}", hint=f"its log is {log}"
        )
