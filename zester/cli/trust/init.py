"""``zester trust init``: everything a new installation needs to trust itself."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path

import click
from pydantic import ValidationError

from zester.cli.trust.options import realm_argument
from zester.cli.trust.passphrase import new_passphrase
from zester.errors import InvalidKey, SettingsError
from zester.resources.ids import parse_name
from zester.trust.address import PORT, SCHEME, host_of, secure_urls
from zester.trust.disk.founding import found_realm
from zester.trust.disk.ledger import Site
from zester.trust.disk.server_folder import CONFIG, SERVERS
from zester.trust.disk.topology import Member, bracketed, read_clusters


@click.command()
@realm_argument
@click.option("--env", "envs", multiple=True, help="An environment; repeatable. Default: base.")
@click.option(
    "--host",
    "hosts",
    multiple=True,
    help="A name or address under which the servers are reached; repeatable. Default: this "
    "machine's. localhost is always one.",
)
@click.option(
    "--cluster",
    "clusters",
    multiple=True,
    metavar="[NAME=]HOST,HOST,HOST",
    help="Make a cluster of servers at these names or addresses, instead of one server; repeatable "
    "with names: clusters that gateways connect.",
)
@click.option("--url", help="What everybody connects to. Default: tls://HOST:4222 of the first.")
@click.option(
    "--listen", default=f"0.0.0.0:{PORT}", show_default=True, help="Where the server listens."
)
@click.option(
    "--server-dir",
    type=click.Path(path_type=Path),
    help="Where DIR/server will be on the server. Default: where it is made.",
)
def init(
    folder: Path,
    envs: tuple[str, ...],
    hosts: tuple[str, ...],
    clusters: tuple[str, ...],
    url: str | None,
    listen: str,
    server_dir: Path | None,
) -> None:
    """Make DIR: keys, certificates, a nats-server.conf, credentials for masters and people.

    The passphrase, which is asked twice, guards every private key that is not in use.
    """
    folder = folder.absolute()
    if folder.exists() or folder.is_symlink():
        raise SettingsError(f"{folder} exists", hint="name a folder that is not there yet")
    environments = _environments(envs)
    members = _members(folder, clusters, hosts, server_dir)
    if members and not url:
        port = listen.rpartition(":")[2]
        url = ",".join(f"{SCHEME}://{bracketed(each.hosts[0])}:{port}" for each in members)
    hosts = tuple(each.hosts[0] for each in members) or hosts
    site = _site(folder, hosts, url, listen, server_dir)
    found_realm(folder, site, environments, new_passphrase(), cluster=members)
    _tell(folder, site, environments, members)


def _environments(envs: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(parse_name(env, "env") for env in envs or ("base",)))
    except InvalidKey as error:
        raise SettingsError(error.message, hint=error.hint) from error


def _members(
    folder: Path, clusters: tuple[str, ...], hosts: tuple[str, ...], server_dir: Path | None
) -> tuple[Member, ...]:
    if not clusters:
        return ()
    if hosts:
        raise click.UsageError("--cluster names the hosts: --host is for one server")
    place = str(server_dir.absolute()) if server_dir else None
    return read_clusters(clusters, place, str(folder / SERVERS))


def _site(
    folder: Path, hosts: tuple[str, ...], url: str | None, listen: str, server_dir: Path | None
) -> Site:
    names = hosts or tuple(host_of(each) for each in secure_urls(url or "")) if url else hosts
    names = names or _own_names()
    first = f"[{names[0]}]" if ":" in names[0] else names[0]
    port = listen.rpartition(":")[2]
    if not listen.rpartition(":")[0] or not port.isdecimal() or not 0 < int(port) < 65536:
        raise SettingsError(f"--listen {listen}: not host:port")
    try:
        return Site(
            url=secure_urls(url or f"{SCHEME}://{first}:{port}"),
            hosts=tuple(dict.fromkeys((*names, "localhost", "127.0.0.1", "::1"))),
            listen=listen,
            place=str(server_dir.absolute() if server_dir else folder / "server"),
        )
    except ValidationError as error:
        raise SettingsError(error.errors(include_url=False)[0]["msg"]) from error


def _own_names() -> tuple[str, ...]:
    names = (socket.getfqdn(), socket.gethostname())
    return tuple(dict.fromkeys(name for name in names if name and not _loopback(name))) or (
        "localhost",
    )


def _loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.startswith("localhost") or name.endswith((".arpa", ".localdomain"))


def _tell(
    folder: Path, site: Site, environments: tuple[str, ...], members: tuple[Member, ...]
) -> None:
    first = environments[0]
    click.echo(
        f"{folder}: a realm with {', '.join(environments)}; servers at {', '.join(site.url)}"
    )
    for each in members:
        at = f"{folder}/{SERVERS}/{each.name} goes to {each.hosts[0]}"
        click.echo(f"  server   {at}: nats-server -c {each.place}/{CONFIG}")
    if not members:
        click.echo(f"  server   nats-server -c {site.place}/{CONFIG}")
    for env in environments:
        click.echo(f"  master   zester-master run --trust {folder}/masters/{env}")
    click.echo(f"  people   export ZESTER_TRUST={folder}/clients/{first}")
    click.echo(
        f"Keep the passphrase. {folder}/operator.seed is needed to revoke and rotate only: it may "
        "live offline, and it cannot be made again.",
        err=True,
    )
