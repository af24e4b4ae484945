"""The running servers of a realm, as its own root sees and changes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager

from zester.bus.buckets import BUCKETS, TRUST
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Record, Records
from zester.bus.server.accounts import account_token, replace_account
from zester.bus.server.mirrors import ensure_mirrors
from zester.bus.server.provision import provision
from zester.cli.console.context import CONNECT
from zester.dataclass import dataclass
from zester.errors import BusUnavailable, SettingsError, Untrusted
from zester.trust.bundle import read_bundle
from zester.trust.disk.realm_folder import RealmFolder
from zester.trust.disk.topology import Leaf
from zester.trust.envelope import read_envelope
from zester.trust.nkeys import KeyKind, KeyPair
from zester.trust.tiers import Tier, Verb, patterns
from zester.trust.tokens import Token, read_token

MINUTES = 600.0
"""Seconds that the credentials for one command live."""

BUNDLE_KEY = "bundle"


@dataclass(frozen=True, slots=True)
class Servers:
    """Connections to the servers of one environment: as a master, and to the system account."""

    realm: RealmFolder
    env: str
    master: Bus
    system: Bus

    async def peels_account(self) -> Token | None:
        """Return the account of peels as the servers hold it; None when they know none."""
        return await account_token(self.system, self.realm.realm.keys(self.env).nodes.public)

    async def publish(self) -> list[str]:
        """Give the servers what they lack of accounts and bundle; return what was done.

        Raises SettingsError when they hold something newer: then the folder is an old copy.
        """
        ledger, state = self.realm.ledger, self.realm.ledger.state(self.env)
        done: list[str] = []
        for what, token in (
            ("system account", ledger.system_token),
            ("account of masters and people", state.control),
            ("account of peels", state.nodes),
        ):
            if await self._account(what, token, masters_may=token == state.nodes):
                done.append(f"{what} sent")
        if await self._bundle(state.bundle.encode(), state.serial):
            done.append(f"trust bundle {state.serial} sent")
        for leaf in ledger.leaves:
            if leaf.env == self.env:
                done += await self._leaf(leaf)
        return done

    async def signed(self, tier: Tier, keys: Container[str]) -> list[str]:
        """Return the places of what is in force and signed by some users or issuers of a tier."""
        wanted = {pattern.partition(".")[0] for pattern in patterns(tier, Verb.SIGN)}
        found: list[str] = []
        for bucket in BUCKETS:
            if bucket.name not in wanted:
                continue
            async for record in Records(self.master, bucket).scan():
                try:
                    envelope = read_envelope(record.value)
                    issuer = read_token(envelope.signer).issuer if envelope.signer else ""
                except Untrusted:
                    continue  # nobody follows it anyway
                if envelope.header.by in keys or issuer in keys:
                    found.append(f"{bucket.name}.{record.key}")
        return found

    async def _leaf(self, leaf: Leaf) -> list[str]:
        """Send a site's account; make its mirrors when its server is connected."""
        what = f"account of leaf {leaf.name}"
        done = (
            [f"{what} sent"] if await self._account(what, leaf.account, masters_may=False) else []
        )
        if leaf.closed:
            return done
        who = self.realm.realm.site_credentials(self.env, leaf.name, "mirrors", lifetime=MINUTES)
        ledger = self.realm.ledger
        login = FixedLogin(who, ledger.authorities)
        try:
            async with open_bus(
                ledger.site.url, name="mirrors", login=login, timeout=CONNECT
            ) as bus:
                made = await ensure_mirrors(bus, leaf.name)
        except BusUnavailable:
            return [*done, f"leaf {leaf.name} is not connected (publish again when it is)"]
        return [*done, *([f"mirrors of {leaf.name} made: {', '.join(made)}"] if made else [])]

    async def _account(self, what: str, ours: str, *, masters_may: bool) -> bool:
        mine = read_token(ours)
        theirs = await account_token(self.system, mine.subject)
        if theirs is not None and theirs.text == ours:
            return False
        if theirs is not None and theirs.issued > mine.issued:
            if masters_may:
                return False  # they revoked a peel since
            raise SettingsError(
                f"the servers hold a newer token of the {what} than this folder",
                hint="is the folder an old copy? use the newest one",
            )
        await replace_account(self.system, ours)
        return True

    async def _bundle(self, data: bytes, serial: int) -> bool:
        await provision(self.master, (TRUST,))
        records = Records(self.master, TRUST)
        there = await records.get(BUNDLE_KEY)
        if there is not None and there.value == data:
            return False
        known = self._serial(there)
        if known is not None and known >= serial:
            raise SettingsError(
                f"the trust bundle on the bus has serial {known}, this folder's has {serial}",
                hint="is the folder an old copy? use the newest one",
            )
        if there is None:
            await records.create(BUNDLE_KEY, data)
        else:
            await records.update(BUNDLE_KEY, data, there.revision)
        await send_hint(self.master, TRUST, BUNDLE_KEY)
        return True

    def _serial(self, record: Record | None) -> int | None:
        """The serial of a bundle of ours; one that nobody may believe does not count."""
        if record is None:
            return None
        try:
            operator = self.realm.ledger.operator
            return read_bundle(record.value, operator=operator, env=self.env).bundle.serial
        except Untrusted:
            return None


@asynccontextmanager
async def open_servers(realm: RealmFolder, env: str) -> AsyncIterator[Servers]:
    """Connect with credentials that live ten minutes; raises BusUnavailable."""
    ledger = realm.ledger
    name = f"root-{KeyPair.generate(KeyKind.USER).public[1:13]}"
    master = realm.realm.issue(env, Tier.MASTER, name, lifetime=MINUTES)
    system = realm.realm.system_credentials(name, lifetime=MINUTES)
    logins = (FixedLogin(who, ledger.authorities) for who in (master, system))
    url = ledger.site.url
    async with (
        open_bus(url, name="zester-trust", login=next(logins), timeout=CONNECT) as bus,
        open_bus(url, name="zester-trust", login=next(logins), timeout=CONNECT) as admin,
    ):
        yield Servers(realm, env, bus, admin)
