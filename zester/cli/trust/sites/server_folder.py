"""What can be wrong with the folder of one server of a realm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zester.cli.trust.finding import Finding
from zester.errors import InvalidToken, SettingsError
from zester.trust.address import host_of
from zester.trust.certificates import read_certificate, signed_by
from zester.trust.crossing import leaf_imports
from zester.trust.disk.ledger import Ledger
from zester.trust.disk.private_file import read_text
from zester.trust.disk.server_folder import (
    ACCOUNT_CREDS,
    CERTIFICATE,
    LEAVES,
    SYSTEM_CREDS,
    ServerFolder,
)
from zester.trust.disk.topology import Leaf
from zester.trust.tokens import read_token


def check_server(folder: Path, server: ServerFolder, ledger: Ledger) -> Iterator[Finding]:
    """Yield what is wrong; a folder that was taken away whole is none of our business."""
    path, rotate = server.path / CERTIFICATE, f"`zester trust rotate {folder} server`"
    if not path.exists():
        message = f"the certificate of the {server.title} is not here: its end is not watched"
        yield Finding("info", "server-away", str(path), message)
        return
    try:
        pem = read_text(path)
        hosts = read_certificate(pem).hosts
    except (SettingsError, InvalidToken) as error:
        yield Finding("error", "certificate", str(path), error.message, rotate)
        return
    yield from _authority(folder, path, pem, ledger)
    leaf = server.path.parent.name == LEAVES
    for host in server.hosts if leaf else _called(server, ledger):
        if host not in hosts:
            message = f"does not name {host}, which people connect to"
            yield Finding("error", "certificate", str(path), message, rotate)
    for name in (ACCOUNT_CREDS, SYSTEM_CREDS) if leaf else ():
        if not (server.path / name).exists():
            message = "is not here: the site's server cannot call the hub without it"
            hint = "if the server has it, well; else revoke the site and make another one"
            yield Finding("warning", "leaf", str(server.path / name), message, hint)


def check_site(folder: Path, leaf: Leaf, ledger: Ledger) -> Iterator[Finding]:
    """Yield what is wrong with the account that a leaf site has at the hub."""
    control = read_token(ledger.state(leaf.env).control).subject
    if not leaf.closed and read_token(leaf.account).nats.get("imports") != leaf_imports(
        control, leaf.name
    ):
        message = "its account lets it do other things than this version"
        hint = f"`zester trust rotate {folder} accounts`"
        yield Finding("warning", "table", f"leaf {leaf.name}", message, hint)


def _called(server: ServerFolder, ledger: Ledger) -> Iterator[str]:
    """The hosts by which people call a server of the hub."""
    every = [host_of(url) for url in ledger.site.url]
    own = [host for host in every if host in server.hosts]
    yield from own if ledger.cluster and own else every


def _authority(folder: Path, path: Path, pem: str, ledger: Ledger) -> Iterator[Finding]:
    rotate = f"`zester trust rotate {folder} server`"
    by = [place for place, each in enumerate(ledger.authorities) if signed_by(pem, each)]
    if not by:
        message = "signed by none of the realm's authorities: nobody believes this server"
        yield Finding("error", "certificate", str(path), message, rotate)
    elif by[0] > 0:
        yield Finding("warning", "rotation", str(path), "still signed by the old authority", rotate)
    elif len(ledger.authorities) > 1:
        hint = f"`zester trust rotate {folder} ca --finish`"
        message = "the old authority is still believed"
        yield Finding("warning", "rotation", str(path), message, hint)
