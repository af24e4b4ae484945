"""How far the heads are, in a master's own word: who is shown less looks at a frozen mirror."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Protocol

from zester.bus.buckets import TRUST
from zester.bus.keys import make_key
from zester.bus.lease import RoleLease
from zester.bus.link.connection import Bus
from zester.bus.signed import Signed, SignedKv
from zester.errors import InvalidDocument, RevisionConflict, SettingsError, Untrusted
from zester.reconcile.reconciler import Requeue
from zester.resources.fresh import Fresh
from zester.resources.head import Head
from zester.trees.heads import Heads
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)

KEY = "fresh"
ROLE = "voucher"


class Trusted(Protocol):
    """Whom a master is and whom it believes; asked anew each time, for both may be replaced."""

    def signer(self) -> Signer:
        """Return what signs for this master; raises SettingsError, InvalidToken."""

    def verifier(self) -> Verifier | None:
        """Return the judge by the newest bundle, None while there is none."""


class Voucher:
    """Reconciles the one key ``fresh``; only the master that holds the lease ``role.voucher`` does.

    It vouches for genuine heads only, and never for less than a master vouched for before.
    """

    def __init__(
        self, bus: Bus, lease: RoleLease, trusted: Trusted, *, env: str, interval: float
    ) -> None:
        self._bus = bus
        self._lease = lease
        self._trusted = trusted
        self._env = env
        self._interval = interval
        self._known: dict[str, Signed[Head]] = {}
        self._vouched: dict[str, int] = {}
        self._told: Mapping[str, str] = {}

    async def reconcile(self, key: str) -> Requeue:
        """Look at the heads and say how far they are; raises BusUnavailable, SettingsError."""
        if not self._lease.held and not await self._lease.renew():
            return Requeue(self._interval)
        verifier = self._trusted.verifier()
        if verifier is None:
            raise SettingsError("no trust bundle tells which heads are genuine")
        words = SignedKv(self._bus, TRUST, Fresh, verifier)
        record = await words.records.get(KEY)
        before = 0.0
        if record is not None:
            try:
                last = words.open(record).value
            except (Untrusted, InvalidDocument) as error:
                log.warning("masters' word replaced", extra={"error": error.message})
            else:
                before = last.at
                self._raise(last.heads)
        self._known = await self._genuine(verifier)
        self._raise(
            {make_key(self._env, name): head.value.revision for name, head in self._known.items()}
        )
        # Clocks differ: the next word has to be the newer one all the same.
        word = Fresh(at=max(time.time(), before + 0.001), heads=self._vouched)
        try:
            over = record.revision if record else 0
            await words.write(KEY, word, self._trusted.signer(), over=over)
        except RevisionConflict:
            log.info("another master vouches as well")
        return Requeue(self._interval)

    def _raise(self, heads: Mapping[str, int]) -> None:
        for key, revision in heads.items():
            self._vouched[key] = max(revision, self._vouched.get(key, 0))

    async def _genuine(self, verifier: Verifier) -> dict[str, Signed[Head]]:
        good, bad = await Heads(self._bus, verifier).of_env(self._env, self._known)
        told = {source: error.message for source, error in bad.items()}
        if told != self._told:
            for source, error in bad.items():
                fields = {"source": source, "reason": error.reason, "error": error.message}
                log.warning("nobody vouches for a head", extra=fields)
        self._told = told
        return good
