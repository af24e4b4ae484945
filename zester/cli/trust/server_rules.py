"""Whether the running servers hold what a realm's folder says, seen with what lies in it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from zester.bus.buckets import TRUST
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Records
from zester.bus.server.accounts import account_token
from zester.bus.server.signers import believed_signers
from zester.cli.console.context import CONNECT, GLANCE
from zester.cli.trust.finding import Finding
from zester.errors import BusUnavailable, SettingsError, TransientError, Untrusted, ZesterError
from zester.trust.bundle import read_bundle
from zester.trust.credentials import Credentials, parse_credentials
from zester.trust.disk.client_folder import ClientFolder
from zester.trust.disk.ledger import Ledger
from zester.trust.disk.master_folder import SYSTEM
from zester.trust.disk.private_file import read_private
from zester.trust.disk.server_folder import CONFIG
from zester.trust.tokens import read_token

PUBLISH = "`zester trust publish` sends what is missing"


async def check_servers(folder: Path, ledger: Ledger, env: str) -> list[Finding]:
    """Return where the servers differ from the folder; what cannot be asked is told as well."""
    place = f"servers of {env}"
    looks, system = _looker(folder, ledger, env), _system(folder, env)
    found: list[Finding] = []
    try:
        if looks is None:
            message = "no credentials here to read the trust bundle with"
            found.append(Finding("info", "not-asked", place, message))
        else:
            async with _open(ledger, looks) as bus:
                found += [finding async for finding in _bundle(bus, ledger, env)]
        if system is None:
            message = f"accounts were not compared: no {SYSTEM} in {folder / 'masters' / env}"
            found.append(Finding("info", "not-asked", place, message))
        else:
            async with _open(ledger, system) as bus:
                found += [finding async for finding in _accounts(bus, ledger, env)]
                found += [finding async for finding in _signers(bus, ledger, folder)]
    except ZesterError as error:
        found.append(_unreached(place, error))
    return found


async def _bundle(bus: Bus, ledger: Ledger, env: str) -> AsyncIterator[Finding]:
    place, ours = f"servers of {env}", ledger.state(env).serial
    try:
        record = await Records(bus, TRUST).get("bundle")
    except BusUnavailable:  # connected, but there is not even a bucket
        record = None
    if record is None:
        yield Finding("error", "bundle", place, "there is no trust bundle on the bus", PUBLISH)
        return
    try:
        found = read_bundle(record.value, operator=ledger.operator, env=env).bundle
    except Untrusted as error:
        message = f"the trust bundle on the bus cannot be believed: {error.message}"
        yield Finding("error", "bundle", place, message, PUBLISH)
        return
    if found.serial < ours:
        message = f"the trust bundle on the bus has serial {found.serial}, ours {ours}"
        yield Finding("error", "bundle", place, message, PUBLISH)
    elif found.serial > ours:
        message = (
            f"the trust bundle on the bus has serial {found.serial}, this folder's only {ours}"
        )
        yield Finding("error", "old-copy", place, message, "use the newest copy of the folder")
    else:
        yield Finding("info", "bundle", place, f"the trust bundle on the bus is ours: {ours}")


async def _accounts(bus: Bus, ledger: Ledger, env: str) -> AsyncIterator[Finding]:
    place, state = f"servers of {env}", ledger.state(env)
    for what, ours in (
        ("system account", ledger.system_token),
        ("account of masters and people", state.control),
        ("account of peels", state.nodes),
    ):
        mine = read_token(ours)
        theirs = await account_token(bus, mine.subject)
        if theirs is None:
            yield Finding("error", "account", place, f"they know no {what}", PUBLISH)
        elif theirs.text == ours:
            yield Finding("info", "account", place, f"the {what} is ours")
        elif theirs.issued < mine.issued:
            yield Finding("error", "account", place, f"they hold an older {what}", PUBLISH)
        elif ours != state.nodes:
            message = f"they hold a newer {what} than this folder"
            yield Finding("error", "old-copy", place, message, "use the newest copy of the folder")
        elif theirs.nats.get("signing_keys") != mine.nats.get("signing_keys"):
            message = f"the {what} has other signing keys than ours, though masters renewed it"
            yield Finding("error", "account", place, message, "`zester trust rotate DIR accounts`")
        else:
            count = len(theirs.nats.get("revocations") or ())
            message = f"the {what} is newer than ours: masters revoked peels ({count})"
            yield Finding("info", "account", place, message)


async def _signers(bus: Bus, ledger: Ledger, folder: Path) -> AsyncIterator[Finding]:
    ours = frozenset(read_token(ledger.operator_token).nats.get("signing_keys", ()))
    for each in await believed_signers(bus):
        if each.keys != ours:
            old = "one that was replaced" if each.keys - ours else "not the newest"
            message = f"it was started with another configuration: of the operator's keys {old}"
            hint = f"bring {folder / 'server' / CONFIG} to it and start it again"
            yield Finding("warning", "rotation", f"server {each.name}", message, hint)


def _unreached(place: str, error: ZesterError) -> Finding:
    rule = "unreached" if isinstance(error, TransientError) else "refused"
    return Finding("error", rule, place, str(error), error.hint or "")


def _open(ledger: Ledger, who: Credentials) -> AbstractAsyncContextManager[Bus]:
    login = FixedLogin(who, ledger.authorities)
    return open_bus(ledger.site.url, name="zester-trust-lint", login=login, timeout=CONNECT)


def _looker(folder: Path, ledger: Ledger, env: str) -> Credentials | None:
    """Credentials of somebody who may look and still is somebody."""
    now = time.time()
    valid = {user.key for user in ledger.users if user.valid(now)}
    try:
        client = ClientFolder.open(folder / "clients" / env)
        for tier in GLANCE:
            if client.has(tier) and (found := client.credentials(tier)).key.public in valid:
                return found
    except (SettingsError, Untrusted):
        pass  # the folder's own rules tell what is wrong with it
    return None


def _system(folder: Path, env: str) -> Credentials | None:
    try:
        text = read_private(folder / "masters" / env / SYSTEM).decode("ascii", "replace")
        return parse_credentials(text)
    except (SettingsError, Untrusted):
        return None
