"""A realm's folder as ``zester trust init`` makes it, quickly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from zester.trust.disk.founding import found_realm
from zester.trust.disk.ledger import Site
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.vault import QUICK

PASSPHRASE = "correct horse"  # noqa: S105 - of the tests alone


def make_realm(folder: Path, *, port: int = 4222, envs: Sequence[str] = ("base",)) -> RealmFolder:
    """Make a realm whose server listens on loopback."""
    site = Site(
        url=(f"tls://127.0.0.1:{port}",),
        hosts=("127.0.0.1", "localhost"),
        listen=f"127.0.0.1:{port}",
        place=str(folder / "server"),
    )
    return found_realm(folder, site, envs, PASSPHRASE, cost=QUICK)
