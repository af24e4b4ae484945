"""A master's authority to grant, by the newest trust bundle it knows."""

from __future__ import annotations

import logging

from zester.bus.buckets import TRUST
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import KeyNotFound, Untrusted, WrongAddressee
from zester.trust.bundle import Anchored
from zester.trust.disk.master_folder import MasterFolder
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier
from zester.trust.verifier import Verifier
from zester_controller.grants.authority import GrantAuthority

log = logging.getLogger(__name__)


class BundleAuthority:
    """Gives the very same authority until the bundle or the master's credentials change."""

    def __init__(self, bus: Bus, folder: MasterFolder) -> None:
        self._records = Records(bus, TRUST)
        self._folder = folder
        self._seen: tuple[bytes, str] | None = None
        self._current: GrantAuthority | None = None

    async def __call__(self) -> GrantAuthority:
        """Return it; raises KeyNotFound (no bundle yet), Untrusted, SettingsError."""
        record = await self._records.get("bundle")
        who = self._folder.client.credentials(Tier.MASTER)
        seen = (record.value if record else b"", who.token)
        if self._current is not None and seen == self._seen:
            return self._current
        anchored = self._newest(record.value if record else None)
        if anchored.bundle.masters != self._folder.keys.box.public:
            raise WrongAddressee(
                "the trust bundle names another key of the masters than this master has",
                hint="give this master the folder that goes with the bundle",
            )
        env = self._folder.client.context.env
        signer = Signer(who.key, who.token, env)
        self._current = GrantAuthority(signer, Verifier(anchored), self._folder.keys.box)
        self._seen = seen
        return self._current

    def _newest(self, data: bytes | None) -> Anchored:
        client = self._folder.client
        found = client.bundle()
        if data is not None:
            try:
                theirs = client.check(data)
            except Untrusted as error:
                log.warning("trust bundle not taken", extra={"error": error.message})
            else:
                if found is None or theirs.bundle.serial > found.bundle.serial:
                    found = theirs
        if found is None:
            raise KeyNotFound("there is no trust bundle that can be believed")
        return found
