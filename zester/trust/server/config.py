"""The configuration of a nats-server in operator mode: nobody in clear, nobody without a token."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from zester.dataclass import dataclass
from zester.trust.crossing import HUB


@dataclass(frozen=True, slots=True)
class ServerPlaces:
    """Where a server listens and where its files are; relative paths are below its working folder.

    ``listen`` is ``host:port``, ``data`` holds JetStream, whose domain is ``domain``, and the
    account tokens; those that were missed are asked for at other servers every ``missed``.
    """

    name: str
    listen: str
    data: Path
    certificate: Path
    key: Path
    authorities: Path
    log: Path | None = None
    domain: str = HUB
    missed: str = "2m"

    def of_site(self, name: str) -> ServerPlaces:
        """Return the places of a leaf site's server: its own domain, soon back in the picture."""
        return replace(self, domain=name, missed="30s")


@dataclass(frozen=True, slots=True)
class ServerTokens:
    """The tokens a server starts with.

    ``system`` is the system account's public key, ``accounts`` maps public keys to account tokens
    (the system account's among them). Newer ones that were sent to the running server are kept
    beside its data and win. ``guest`` is what a connection without credentials gets.
    """

    operator: str
    system: str
    accounts: Mapping[str, str]
    guest: str


def server_config(places: ServerPlaces, tokens: ServerTokens, *, extra: str = "") -> str:
    """Return the text of ``nats-server.conf``; ``extra`` is added as it is (cluster, leaf nodes).

    Every connection is TLS 1.3 from its first byte; every acknowledged write is on disk.
    """
    preload = "\n".join(f"  {key}: {token}" for key, token in sorted(tokens.accounts.items()))
    log = f"log_file: {_text(places.log)}\n" if places.log is not None else ""
    return f"""\
listen: {_text(places.listen)}
server_name: {_text(places.name)}
{log}max_payload: 1048576
max_connections: 64K
ping_interval: "20s"
write_deadline: "10s"

operator: {tokens.operator}
system_account: {tokens.system}
default_sentinel: {_text(tokens.guest)}
resolver {{
  type: full
  dir: {_text(places.data / "accounts")}
  allow_delete: true
  interval: {_text(places.missed)}
}}
resolver_preload {{
{preload}
}}

jetstream {{
  store_dir: {_text(places.data / "jetstream")}
  domain: {_text(places.domain)}
  sync_interval: always
  limits {{ batch {{ max_inflight_per_stream: 200 }} }}
}}

tls {{
  cert_file: {_text(places.certificate)}
  key_file: {_text(places.key)}
  ca_file: {_text(places.authorities)}
  min_version: "1.3"
  handshake_first: true
  timeout: 5
}}
{extra}"""


def _text(value: object) -> str:
    # JSON strings are valid in the server's configuration language: no path can break out.
    return json.dumps(str(value))
