"""The newest trust bundle is on the bus, in the master's folder, and its account on the servers."""

from __future__ import annotations

import logging

from zester.bus.buckets import TRUST
from zester.bus.hints import send_hint
from zester.bus.link.connection import Bus, open_bus
from zester.bus.link.login import FixedLogin
from zester.bus.records import Record, Records
from zester.bus.server.accounts import account_token, replace_account
from zester.errors import SettingsError, Untrusted
from zester.reconcile.reconciler import Requeue
from zester.trust.bundle import Anchored, read_bundle
from zester.trust.disk.client_folder import BUNDLE
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.disk.private_file import read_text
from zester.trust.tokens import read_token

log = logging.getLogger(__name__)

KEY = "bundle"


class TrustKeeper:
    """Reconciles the one key ``bundle``; any number of masters may do so at once.

    Whichever of the two bundles is newer replaces the other: a new installation needs no further
    step, and a server that lost its data gets back what everybody saw last.
    """

    def __init__(self, bus: Bus, folder: MasterFolder, *, interval: float) -> None:
        self._bus = bus
        self._folder = folder
        self._interval = interval
        self._records = Records(bus, TRUST)

    async def reconcile(self, key: str) -> Requeue:
        """Compare and bring up to date; raises BusUnavailable, BusRefused, Untrusted."""
        record = await self._records.get(KEY)
        theirs = self._judge(record)
        data, ours = self._own()
        newest = ours
        if ours is None and theirs is None:
            raise SettingsError(
                f"there is no trust bundle in {self._folder.client.folder} and none on the bus",
                hint="copy it there from masters/ENV of the folder that `zester trust init` made",
            )
        if theirs is not None and (ours is None or theirs.bundle.serial > ours.bundle.serial):
            assert record is not None  # noqa: S101 - it was judged
            self._folder.client.keep_bundle(record.value)
            newest = theirs
        elif ours is not None and (theirs is None or ours.bundle.serial > theirs.bundle.serial):
            await self._put(data, record)
            log.info("trust bundle published", extra={"serial": ours.bundle.serial})
        if newest is not None:
            await self._account(newest)
        return Requeue(self._interval)

    def _judge(self, record: Record | None) -> Anchored | None:
        if record is None:
            return None
        try:
            return self._folder.client.check(record.value)
        except Untrusted as error:
            log.warning(
                "trust bundle not taken", extra={"reason": error.reason, "error": error.message}
            )
            return None

    def _own(self) -> tuple[bytes, Anchored | None]:
        client = self._folder.client
        try:
            data = read_text(client.folder / BUNDLE).encode()
            context = client.context
            return data, read_bundle(data, operator=context.operator, env=context.env)
        except (SettingsError, Untrusted):
            return b"", None

    async def _put(self, data: bytes, over: Record | None) -> None:
        if over is None:
            await self._records.create(KEY, data)
        else:
            await self._records.update(KEY, data, over.revision)
        await send_hint(self._bus, TRUST, KEY)

    async def _account(self, anchored: Anchored) -> None:
        """Give the servers the account that the bundle carries, when theirs is not newer.

        Tokens tell the second they were made in. The bundle's serial says which of two is meant
        that were made in the same one.
        """
        ours = read_token(anchored.bundle.account)
        system = FixedLogin(self._folder.keys.system, anchored.bundle.authorities)
        async with open_bus(self._bus.servers, name="master keeper", login=system) as bus:
            theirs = await account_token(bus, ours.subject)
            if theirs is None or (theirs.issued <= ours.issued and theirs.text != ours.text):
                await replace_account(bus, ours.text)
                log.warning("account given to the servers", extra={"account": ours.subject})
