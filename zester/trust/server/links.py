"""How servers of a realm call each other: routes of a cluster, leaf sites, gateways.

Each text is a part of ``nats-server.conf``; every call is TLS 1.3 by the realm's certificates.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path

from zester.dataclass import dataclass
from zester.trust.server.config import ServerPlaces

ROUTER = "zester"
"""The user as which servers of one cluster call each other."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server's place in its cluster; ``others`` are ``host:port`` of the routes of the others.

    A certificate of the realm is not enough to be let in (leaf sites have one too): ``secret`` is.
    """

    name: str
    listen: str
    others: tuple[str, ...]
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remote:
    """One account of a leaf server and the credentials it calls the hub with."""

    account: str
    credentials: Path


def cluster_part(places: ServerPlaces, cluster: Cluster) -> str:
    """Return the part about the cluster."""
    routes = ", ".join(
        _text(f"nats-route://{ROUTER}:{cluster.secret}@{other}") for other in cluster.others
    )
    return f"""\

cluster {{
  name: {_text(cluster.name)}
  listen: {_text(cluster.listen)}
  no_advertise: true
  authorization {{ user: {ROUTER}, password: {_text(cluster.secret)}, timeout: 5 }}
  routes: [{routes}]
{_tls(places, verify=True)}}}
"""


def gateway_part(
    places: ServerPlaces, own: Cluster, listen: str, clusters: Mapping[str, Sequence[str]]
) -> str:
    """Return the part that connects clusters: by name, each with its servers' ``host:port``."""
    calls = "\n".join(
        f"    {{ name: {_text(name)}, urls: [{_gateways(own, hosts)}] }}"
        for name, hosts in sorted(clusters.items())
    )
    return f"""\

gateway {{
  name: {_text(own.name)}
  listen: {_text(listen)}
  authorization {{ user: {ROUTER}, password: {_text(own.secret)}, timeout: 5 }}
  gateways: [
{calls}
  ]
{_tls(places, verify=True)}}}
"""


def _gateways(own: Cluster, hosts: Sequence[str]) -> str:
    return ", ".join(_text(f"tls://{ROUTER}:{own.secret}@{host}") for host in hosts)


def listener_part(places: ServerPlaces, listen: str) -> str:
    """Return the part of a server that leaf servers call; they prove themselves with tokens."""
    return f"""\

leafnodes {{
  listen: {_text(listen)}
  no_advertise: true
{_tls(places, verify=False, first=True)}}}
"""


def remotes_part(places: ServerPlaces, hubs: Sequence[str], remotes: Sequence[Remote]) -> str:
    """Return the part of a leaf server; ``hubs`` are ``host:port`` where leaf servers are heard."""
    urls = ", ".join(_text(f"tls://{hub}") for hub in hubs)
    calls = "\n".join(
        f"    {{ urls: [{urls}], account: {remote.account}, "
        f"credentials: {_text(remote.credentials)},\n      "
        f"tls {{ ca_file: {_text(places.authorities)}, handshake_first: true, timeout: 5 }} }}"
        for remote in remotes
    )
    return f"""\

leafnodes {{
  reconnect: 2
  remotes: [
{calls}
  ]
}}
"""


def _tls(places: ServerPlaces, *, verify: bool, first: bool = False) -> str:
    return f"""\
  tls {{
    cert_file: {_text(places.certificate)}
    key_file: {_text(places.key)}
    ca_file: {_text(places.authorities)}
    min_version: "1.3"
    verify: {json.dumps(verify)}
{"    handshake_first: true" if first else ""}
    timeout: 5
  }}
"""


def _text(value: object) -> str:
    # JSON strings are valid in the server's configuration language: no path can break out.
    return json.dumps(str(value))
