"""What can be wrong with a realm's folder, seen without its passphrase and without a server."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from zester.cli.console.output import stamp
from zester.cli.trust.expiry import endings
from zester.cli.trust.finding import Finding, Severity
from zester.cli.trust.passphrase import VARIABLE
from zester.cli.trust.sites.server_folder import check_server, check_site
from zester.errors import InvalidToken, SettingsError, Untrusted
from zester.trust.accounts import template
from zester.trust.bundle import read_bundle
from zester.trust.disk.client_folder import BUNDLE, CONTEXT, ClientFolder
from zester.trust.disk.ledger import Ledger
from zester.trust.disk.private_file import OTHERS
from zester.trust.disk.realm_folder import OPERATOR
from zester.trust.disk.server_folder import CERTIFICATE, CONFIG, server_folders
from zester.trust.nkeys import KeyPair
from zester.trust.tiers import Tier
from zester.trust.tokens import read_token

SOON = 30 * 86_400
LARGEST = 1024 * 1024
_PUBLIC = frozenset((CONTEXT, BUNDLE, "ca.pem", CERTIFICATE, "realm.json"))
_SEED = re.compile(rb"\bS[OA][A-Z2-7]{56}\b")
_PASSPHRASE = re.compile(r"pass(phrase|word|wd)?\b", re.IGNORECASE)


def check_folder(folder: Path, ledger: Ledger) -> Iterator[Finding]:
    """Yield everything that can be said of the folder alone."""
    yield from _modes(folder)
    yield from _secrets(folder, ledger)
    yield from _ends(folder, ledger)
    for each in server_folders(folder, ledger):
        yield from check_server(folder, each, ledger)
    for leaf in ledger.leaves:
        yield from check_site(folder, leaf, ledger)
    yield from _operator(folder, ledger)
    for env in ledger.environments:
        yield from _environment(folder, ledger, env)


def _modes(folder: Path) -> Iterator[Finding]:
    for path in (folder, *sorted(folder.rglob("*"))):
        found = path.lstat()
        bits = stat.S_IMODE(found.st_mode)
        shared = bits & OTHERS
        if stat.S_ISLNK(found.st_mode):
            yield Finding("warning", "mode", str(path), "a link: what it points to is not checked")
        elif found.st_uid not in (0, os.geteuid()):
            yield Finding("error", "mode", str(path), f"belongs to user {found.st_uid}")
        elif shared and path.is_dir():
            yield Finding(
                "error", "mode", str(path), f"others may look in ({bits:04o})", f"chmod 700 {path}"
            )
        elif path.name in _PUBLIC and bits & (stat.S_IWGRP | stat.S_IWOTH):
            message = f"others may write ({bits:04o})"
            yield Finding("error", "mode", str(path), message, f"chmod 644 {path}")
        elif shared and path.name not in _PUBLIC and path.is_file():
            message = f"others may use it ({bits:04o})"
            yield Finding("error", "mode", str(path), message, f"chmod 600 {path}")


def _secrets(folder: Path, ledger: Ledger) -> Iterator[Finding]:
    if (folder / OPERATOR).exists():
        yield Finding(
            "info",
            "root-online",
            str(folder / OPERATOR),
            "the operator's root is here; it is needed to revoke and rotate only",
            "keep it offline, and a second copy elsewhere",
        )
    named = os.environ.get(VARIABLE)
    if named and Path(named).absolute().is_relative_to(folder.absolute()):
        message = "the passphrase lies beside what it guards"
        yield Finding("error", "passphrase-beside", named, message, "keep it elsewhere")
    known = _known(ledger)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        if _PASSPHRASE.search(path.name):
            message = "looks like the passphrase, beside what it guards"
            yield Finding("error", "passphrase-beside", str(path), message, "keep it elsewhere")
        for seed in _SEED.findall(_bytes(path)):
            yield from _seed(path, seed.decode(), known)


def _seed(path: Path, seed: str, known: dict[str, str]) -> Iterator[Finding]:
    try:
        public = KeyPair.from_seed(seed).public
    except InvalidToken:
        return
    what = known.get(public)
    if what is not None:
        message = f"the private key of {what} lies here in clear"
        yield Finding("error", "seed-in-clear", str(path), message, "remove it; rotate that key")


def _known(ledger: Ledger) -> dict[str, str]:
    """Keys that belong behind the passphrase."""
    found = {ledger.operator: "the operator", ledger.system: "the system account"}
    for env, state in ledger.environments.items():
        for text, what in ((state.control, "control"), (state.nodes, "nodes")):
            account = read_token(text)
            found[account.subject] = f"the account {what} of {env}"
            for scope in account.nats.get("signing_keys", ()):
                if scope["role"] not in (Tier.PEEL, Tier.BOOTSTRAP):
                    found[scope["key"]] = f"the tier {scope['role']} of {env}"
    return found


def _ends(folder: Path, ledger: Ledger) -> Iterator[Finding]:
    now = time.time()
    for end in endings(folder, ledger):
        if end.expires <= now:
            over = f"ended at {stamp(end.expires)}"
            severity: Severity = "info" if end.user else "error"
            yield Finding(severity, "expired", end.what, over, f"`{end.mend}`")
        elif end.expires - now < SOON:
            days = f"ends at {stamp(end.expires)}, in {int((end.expires - now) // 86_400)} days"
            yield Finding("warning", "ends-soon", end.what, days, f"`{end.mend}`")


def _operator(folder: Path, ledger: Ledger) -> Iterator[Finding]:
    if len(read_token(ledger.operator_token).nats.get("signing_keys", ())) > 1:
        first = next(server_folders(folder, ledger))
        message = "the operator's old signing key still counts"
        hint = f"`zester trust rotate {folder} operator-signing --finish`"
        yield Finding("warning", "rotation", str(first.path / CONFIG), message, hint)


def _environment(folder: Path, ledger: Ledger, env: str) -> Iterator[Finding]:
    state = ledger.state(env)
    place = f"environment {env}"
    try:
        read_bundle(state.bundle.encode(), operator=ledger.operator, env=env)
    except Untrusted as error:
        message = f"its trust bundle cannot be believed: {error.message}"
        yield Finding("error", "bundle", place, message)
    for text in (state.control, state.nodes):
        account = read_token(text)
        roles = [scope["role"] for scope in account.nats.get("signing_keys", ())]
        for scope in account.nats.get("signing_keys", ()):
            if scope["template"] != template(Tier(scope["role"])):
                message = f"{account.name} lets a {scope['role']} do other things than this version"
                hint = f"`zester trust rotate {folder} accounts`"
                yield Finding("warning", "table", place, message, hint)
        for role in sorted({role for role in roles if roles.count(role) > 1}):
            message = f"the old signing key of tier {role} still counts"
            hint = f"`zester trust rotate {folder} signing-key {role} --env {env} --finish`"
            yield Finding("warning", "rotation", place, message, hint)
    for client in (folder / "clients" / env, folder / "masters" / env):
        yield from _client(client, ledger, env)


def _client(folder: Path, ledger: Ledger, env: str) -> Iterator[Finding]:
    if not folder.exists():
        return
    try:
        found = ClientFolder.open(folder)
    except (SettingsError, InvalidToken) as error:
        yield Finding("error", "context", str(folder), error.message)
        return
    if found.context.operator != ledger.operator or found.context.env != env:
        yield Finding("error", "context", str(folder), "is that of another realm or environment")
    kept = found.bundle()
    if kept is None or kept.bundle.serial != ledger.state(env).serial:
        message = "its trust bundle is not the newest"
        yield Finding("warning", "bundle", str(folder), message, "`zester trust publish` mends it")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
