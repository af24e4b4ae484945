"""What the nats-servers of a realm need: configuration, certificate, account tokens.

``server/`` is the only server's folder; a cluster has ``servers/<name>/``, a leaf site
``leaves/<name>/``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zester.dataclass import dataclass
from zester.trust.address import host_of
from zester.trust.disk.ledger import Ledger
from zester.trust.disk.private_file import make_private_folder, write_private, write_public
from zester.trust.disk.topology import GATEWAY_PORT, LEAF_PORT, ROUTE_PORT, Leaf, Member, bracketed
from zester.trust.realm import Realm
from zester.trust.server.config import ServerPlaces, ServerTokens, server_config
from zester.trust.server.links import (
    Cluster,
    Remote,
    cluster_part,
    gateway_part,
    listener_part,
    remotes_part,
)
from zester.trust.tokens import read_token

CONFIG, CERTIFICATE, KEY, AUTHORITIES = "nats-server.conf", "server.pem", "server.key", "ca.pem"
ACCOUNT_CREDS, SYSTEM_CREDS = "account.creds", "system.creds"
SERVER, SERVERS, LEAVES = "server", "servers", "leaves"
ANY = "0.0.0.0"  # noqa: S104 - servers are there to be reached


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """One server's folder in the realm's, and where it will be on the server."""

    path: Path
    place: Path
    hosts: tuple[str, ...]
    title: str


def server_folders(folder: Path, ledger: Ledger) -> Iterator[ServerFolder]:
    """Yield the folder of every server that is to run, the hub's first."""
    for member in ledger.cluster:
        path = folder / SERVERS / member.name
        yield ServerFolder(path, Path(member.place), member.hosts, f"server {member.name}")
    if not ledger.cluster:
        place = Path(ledger.site.place)
        yield ServerFolder(folder / SERVER, place, ledger.site.hosts, "server")
    for leaf in ledger.leaves:
        if not leaf.closed:
            path = folder / LEAVES / leaf.name
            yield ServerFolder(path, Path(leaf.place), leaf.hosts, f"leaf {leaf.name}")


def write_servers(folder: Path, ledger: Ledger, realm: Realm) -> None:
    """Write configurations and authorities; certificates and credentials stay as they are."""
    for each in server_folders(folder, ledger):
        make_private_folder(each.path)
        write_public(each.path / AUTHORITIES, "".join(ledger.authorities))
    for member in ledger.cluster:
        path = folder / SERVERS / member.name
        write_private(path / CONFIG, _member_config(member, ledger, realm))
    if not ledger.cluster:
        places = _places(ledger, server_name(ledger), ledger.site.place)
        text = server_config(places, _tokens(ledger), extra=_listener(ledger, places))
        write_private(folder / SERVER / CONFIG, text)
    for leaf in ledger.leaves:
        if not leaf.closed:
            write_private(folder / LEAVES / leaf.name / CONFIG, _leaf_config(leaf, ledger, realm))


def write_certificates(folder: Path, ledger: Ledger, realm: Realm) -> None:
    """Make a new certificate for each server, signed by the newest authority."""
    for each in server_folders(folder, ledger):
        write_certificate(each.path, each.hosts, realm)


def write_certificate(folder: Path, hosts: tuple[str, ...], realm: Realm) -> None:
    """Make a new certificate for one server, signed by the newest authority."""
    from zester.trust.certificates import make_server_certificate  # seldom needed, and large

    make_private_folder(folder)
    made = make_server_certificate(realm.authorities[0], hosts)
    # The server takes both on reload only: a pair that does not match is told, and the old kept.
    write_private(folder / KEY, made.key)
    write_public(folder / CERTIFICATE, made.certificate)


def server_name(ledger: Ledger, name: str = "") -> str:
    """Return what a server calls itself: tells it from another realm's."""
    return f"zester-{name or ledger.site.hosts[0]}-{ledger.operator[1:13]}"


def _member_config(member: Member, ledger: Ledger, realm: Realm) -> str:
    places = _places(ledger, server_name(ledger, member.name), member.place)
    clusters: dict[str, list[Member]] = {}
    for each in ledger.cluster:
        clusters.setdefault(each.cluster, []).append(each)
    cluster = Cluster(
        member.cluster or f"zester-{ledger.operator[1:13]}",
        f"{ANY}:{ROUTE_PORT}",
        tuple(other.route for other in clusters[member.cluster] if other.name != member.name),
        realm.routes,
    )
    extra = cluster_part(places, cluster) + _listener(ledger, places)
    if len(clusters) > 1:
        calls = {name: tuple(each.gateway for each in there) for name, there in clusters.items()}
        extra += gateway_part(places, cluster, f"{ANY}:{GATEWAY_PORT}", calls)
    return server_config(places, _tokens(ledger), extra=extra)


def _listener(ledger: Ledger, places: ServerPlaces) -> str:
    return listener_part(places, f"{ANY}:{LEAF_PORT}") if ledger.leaves else ""


def _leaf_config(leaf: Leaf, ledger: Ledger, realm: Realm) -> str:
    place = Path(leaf.place)
    places = _places(ledger, server_name(ledger, leaf.name), leaf.place, leaf)
    hosts = [member.hosts[0] for member in ledger.cluster]
    hosts = hosts or [host_of(url) for url in ledger.site.url]
    remotes = (
        Remote(realm.keys(leaf.env).control.public, place / ACCOUNT_CREDS),
        Remote(ledger.system, place / SYSTEM_CREDS),
    )
    hubs = [f"{bracketed(host)}:{LEAF_PORT}" for host in dict.fromkeys(hosts)]
    extra = remotes_part(places, hubs, remotes)
    return server_config(places, _leaf_tokens(leaf, ledger, realm), extra=extra)


def _places(ledger: Ledger, name: str, at: str, leaf: Leaf | None = None) -> ServerPlaces:
    place = Path(at)
    places = ServerPlaces(
        name,
        leaf.listen if leaf else ledger.site.listen,
        place / "data",
        place / CERTIFICATE,
        place / KEY,
        place / AUTHORITIES,
    )
    return places if leaf is None else places.of_site(leaf.name)


def _tokens(ledger: Ledger) -> ServerTokens:
    accounts = {ledger.system: ledger.system_token}
    for state in ledger.environments.values():
        for token in (state.control, state.nodes):
            accounts[read_token(token).subject] = token
    for leaf in ledger.leaves:
        accounts[read_token(leaf.account).subject] = leaf.account
    return ServerTokens(ledger.operator_token, ledger.system, accounts, ledger.guest)


def _leaf_tokens(leaf: Leaf, ledger: Ledger, realm: Realm) -> ServerTokens:
    """The accounts of its own environment; a guest is one of that environment."""
    state = ledger.state(leaf.env)
    accounts = {ledger.system: ledger.system_token}
    for token in (state.control, state.nodes):
        accounts[read_token(token).subject] = token
    first = leaf.env == next(iter(ledger.environments))
    guest = ledger.guest if first else realm.guest_token(leaf.env)
    return ServerTokens(ledger.operator_token, ledger.system, accounts, guest)
