"""What a nats-server of a realm needs: configuration, certificate, account tokens."""

from __future__ import annotations

from pathlib import Path

from zester.trust.disk.ledger import Ledger, Site
from zester.trust.disk.private_file import make_private_folder, write_private, write_public
from zester.trust.realm import Realm
from zester.trust.server_config import ServerPlaces, ServerTokens, server_config
from zester.trust.tokens import read_token

CONFIG, CERTIFICATE, KEY, AUTHORITIES = "nats-server.conf", "server.pem", "server.key", "ca.pem"


def write_server(folder: Path, ledger: Ledger) -> None:
    """Write the configuration and the authorities; the certificate stays as it is."""
    make_private_folder(folder)
    write_public(folder / AUTHORITIES, "".join(ledger.authorities))
    write_private(folder / CONFIG, server_config(_places(ledger), _tokens(ledger)))


def write_certificate(folder: Path, site: Site, realm: Realm) -> None:
    """Make a new certificate for the servers, signed by the newest authority."""
    from zester.trust.certificates import make_server_certificate  # seldom needed, and large

    make_private_folder(folder)
    made = make_server_certificate(realm.authorities[0], site.hosts)
    # The server takes both on reload only: a pair that does not match is told, and the old kept.
    write_private(folder / KEY, made.key)
    write_public(folder / CERTIFICATE, made.certificate)


def server_name(ledger: Ledger) -> str:
    """Return what the servers call themselves: tells them from another realm's."""
    return f"zester-{ledger.site.hosts[0]}-{ledger.operator[1:13]}"


def _places(ledger: Ledger) -> ServerPlaces:
    place = Path(ledger.site.place)
    return ServerPlaces(
        server_name(ledger),
        ledger.site.listen,
        place / "data",
        place / CERTIFICATE,
        place / KEY,
        place / AUTHORITIES,
    )


def _tokens(ledger: Ledger) -> ServerTokens:
    accounts = {ledger.system: ledger.system_token}
    for state in ledger.environments.values():
        for token in (state.control, state.nodes):
            accounts[read_token(token).subject] = token
    return ServerTokens(ledger.operator_token, ledger.system, accounts, ledger.guest)
