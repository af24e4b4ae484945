"""What of a realm ends when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zester.dataclass import dataclass
from zester.errors import InvalidToken, SettingsError
from zester.trust.certificates import read_certificate
from zester.trust.disk.ledger import Ledger
from zester.trust.disk.private_file import read_text
from zester.trust.disk.server_folder import CERTIFICATE, server_folders


@dataclass(frozen=True, slots=True)
class Ending:
    """One thing that ends, in Unix seconds; ``mend`` is the command that makes a new one."""

    what: str
    expires: float
    mend: str
    user: bool = False


def endings(folder: Path, ledger: Ledger) -> Iterator[Ending]:
    """Yield everything that ends and still counts, users among it."""
    for place, pem in enumerate(ledger.authorities):
        name = "certificate authority" if place == 0 else "old certificate authority"
        mend = f"zester trust rotate {folder} ca"
        yield Ending(name, read_certificate(pem).expires, mend)
    for each in server_folders(folder, ledger):
        try:
            server = read_certificate(read_text(each.path / CERTIFICATE))
        except (SettingsError, InvalidToken):
            continue  # it was taken to the server, or lint tells that it is damaged
        mend = f"zester trust rotate {folder} server"
        yield Ending(f"{each.title} certificate", server.expires, mend)
    for user in ledger.users:
        if user.revoked is None and user.expires is not None:
            tier = "master" if user.tier == "system" else user.tier
            mend = f"zester trust issue {folder} {tier} NAME --env {user.env}"
            what = f"credentials of {user.tier} {user.name} in {user.env}"
            yield Ending(what, user.expires, mend, user=True)
