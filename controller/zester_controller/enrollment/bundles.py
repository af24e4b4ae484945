"""The trust bundle as a master sees it: checked against the operator, never going back."""

from __future__ import annotations

import logging

from zester.bus.buckets import TRUST
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.dataclass import dataclass
from zester.errors import KeyNotFound, StaleRevision, Untrusted
from zester.trust.bundle import BUNDLE_PLACE, read_bundle
from zester.trust.verifier import Verifier

log = logging.getLogger(__name__)

KEY = BUNDLE_PLACE.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Believed:
    """A bundle as it came, and the judge that follows from it."""

    data: bytes
    verifier: Verifier

    @property
    def serial(self) -> int:
        return self.verifier.anchored.bundle.serial


class Bundles:
    """Reads the bundle of one environment from the bus."""

    def __init__(self, bus: Bus, *, operator: str, env: str) -> None:
        self._records = Records(bus, TRUST)
        self._operator = operator
        self._env = env
        self._current: Believed | None = None

    async def current(self) -> Believed:
        """Return the last good bundle; raises KeyNotFound, BusUnavailable, Untrusted."""
        return self._current or await self.refresh()

    async def refresh(self) -> Believed:
        """Look for a newer bundle; a bad one is refused while there is a good one."""
        record = await self._records.get(KEY)
        try:
            if record is None:
                raise KeyNotFound(
                    "there is no trust bundle on the bus", hint="`zester trust publish` puts one"
                )
            if self._current is None or record.value != self._current.data:
                self._current = self._check(record.value)
        except (Untrusted, KeyNotFound) as error:
            if self._current is None:
                raise
            log.warning("trust bundle not taken", extra={"error": error.message})
        assert self._current is not None  # noqa: S101 - set above, or raised
        return self._current

    def _check(self, data: bytes) -> Believed:
        anchored = read_bundle(data, operator=self._operator, env=self._env)
        found = Believed(data, Verifier(anchored))
        if self._current is not None and found.serial < self._current.serial:
            raise StaleRevision(
                f"the trust bundle has serial {found.serial}, {self._current.serial} was seen"
            )
        return found
