"""Whom this peel believes, as the bus says: the trust bundle, the masters' word, its own record."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from zester.bus.buckets import GRANTS, HEADS, MAINTENANCE, NODES, TRUST
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of, stored_at
from zester.errors import (
    HostError,
    InvalidDocument,
    NobodyAnswers,
    StaleRevision,
    Untrusted,
    WrongAddressee,
    ZesterError,
)
from zester.resources.fresh import Fresh
from zester.resources.nodes.node_record import NodeRecord
from zester.telemetry.metrics import Metrics
from zester.trees.digest import digest_of
from zester.trust.bundle import BUNDLE_PLACE, read_bundle
from zester.trust.verifier import Verifier
from zester_peel.agent.belief.grants import HeldGrants
from zester_peel.agent.belief.kept import Kept, KeptEnvelopes
from zester_peel.agent.belief.maintenance import HeldMaintenance
from zester_peel.agent.belief.marks import Marks
from zester_peel.agent.identity.identity import Identity

log = logging.getLogger(__name__)

BUNDLE, FRESH, RECORD, GRANTED = "trust bundle", "masters' word", "node record", "granted keys"
UPKEEP = "maintenance"
"""Keys of problems; no source can have such a name."""

STALE_AFTER = 3600.0
"""Seconds without a master's word after which nobody vouches for what the bus shows."""

NODE_FILE = "node.json"

FRESH_PLACE = "trust.fresh"
FRESH_KEPT = 600
"""Seconds: the time of the masters' word is written to disk no more often."""


class Belief:
    """What is believed now; ``read`` asks the bus, and never believes less than before.

    ``problems`` says what was refused and why.
    """

    def __init__(self, identity: Identity, marks: Marks, metrics: Metrics) -> None:
        self.problems: dict[str, ZesterError] = {}
        self.verifier: Verifier | None = None
        self.record: NodeRecord | None = None
        self.marks = marks
        self.grants = HeldGrants(identity, marks)
        self.maintenance = HeldMaintenance(identity, marks)
        self._identity = identity
        self._metrics = metrics
        self._bundle_data = b""
        self._fresh: Fresh | None = None
        self._fresh_data = b""
        self._record_data = b""
        self._since = time.time()
        self._kept_record = KeptEnvelopes(identity.folder / NODE_FILE, identity.env)

    @property
    def bundle(self) -> bytes:
        """The bundle in force as it came, empty for none."""
        return self._bundle_data

    @property
    def operator(self) -> str:
        """The pinned operator's public key, empty when none is pinned."""
        pin = self._identity.pin
        return pin.operator if pin else ""

    @property
    def labels(self) -> Mapping[str, str]:
        """What the masters say this node is."""
        return self.record.labels if self.record else {}

    def load(self) -> None:
        """Believe what was believed before the restart."""
        try:
            anchored = self._identity.anchored()
            if anchored is not None:
                found = anchored.bundle
                self.marks.check(BUNDLE_PLACE, found.serial, digest_of(found.encode()))
        except Untrusted as error:
            self._refuse(BUNDLE, error)
            return
        if anchored is not None:
            self.verifier = Verifier(anchored)
            self._bundle_data = self._identity.bundle or b""
            self._load_record()
            for what, load in ((GRANTED, self.grants.load), (UPKEEP, self.maintenance.load)):
                try:
                    load(self.operator)
                except (Untrusted, InvalidDocument) as error:
                    self._refuse(what, error)

    def vouched(self, env: str) -> dict[str, int]:
        """Return the revision of each source that a master vouches for."""
        if self._fresh is None:
            return {}
        keys = ((key.partition("."), revision) for key, revision in self._fresh.heads.items())
        return {key[2]: revision for key, revision in keys if key[0] == env}

    def stale_since(self, now: float) -> float | None:
        """Return since when nobody vouches for the bus, None while somebody does."""
        last = self._fresh.at if self._fresh else self.marks.number(FRESH_PLACE) or self._since
        return last if now - last > STALE_AFTER else None

    async def read(self, bus: Bus) -> None:
        """Look at what the bus has; raises BusUnavailable, BusRefused.

        Behind a leaf server whose link to the hub is cut, heads can be read and one's own records
        cannot: what is known of oneself goes on counting.
        """
        await self.read_word(bus)
        try:
            record = await Records(bus, NODES).get(make_key(self._identity.id))
            self._judge(RECORD, record, self._take_record)
            granted = await Records(bus, GRANTS).get(self.grants.key)
            self._judge(GRANTED, granted, self._take_grants)
            await self.read_maintenance(bus)
        except NobodyAnswers:
            if self.record is None:
                raise

    async def read_word(self, bus: Bus) -> None:
        """Look whom to believe and what masters vouch for; raises BusUnavailable, BusRefused.

        Before the heads: those that are read later can only be newer than what is vouched for.
        """
        found = await Records(bus, TRUST).get_many(["bundle", "fresh"])
        self._judge(BUNDLE, found.get("bundle"), self._take_bundle)
        self._judge(FRESH, found.get("fresh"), self._take_fresh)

    async def read_maintenance(self, bus: Bus) -> bool:
        """Look whether this machine may be changed; return whether another problem came of it.

        Raises BusUnavailable, BusRefused.
        """
        known = self.problems.get(UPKEEP)
        said = await Records(bus, MAINTENANCE).get(self.maintenance.key)
        self._judge(UPKEEP, said, self._take_maintenance)
        return self.problems.get(UPKEEP) is not known

    def _judge(self, what: str, record: Record | None, take: Callable[[Record], None]) -> None:
        """Take what the bus has under one key, or say why not; nothing there says nothing."""
        try:
            if record is not None:
                take(record)
        except (Untrusted, InvalidDocument, HostError) as error:
            self._refuse(what, error)
        else:
            self.problems.pop(what, None)

    def _refuse(self, what: str, error: ZesterError) -> None:
        known = self.problems.get(what)
        self.problems[what] = error
        if known is None or known.message != error.message:
            self._metrics.trust_refused.inc(document=what.replace(" ", "_"), reason=error.reason)
            log.warning(
                "signed document refused",
                extra={"document": what, "reason": error.reason, "error": str(error)},
            )

    def _take_bundle(self, record: Record) -> None:
        identity = self._identity
        # Not what the identity has: a renewal may have brought a newer one, not yet in force.
        if record.value == self._bundle_data and self.verifier is not None:
            return
        found = read_bundle(record.value, operator=self.operator, env=identity.env)
        known = self.verifier.anchored.bundle if self.verifier else None
        serial = found.bundle.serial
        if known == found.bundle:
            self._bundle_data = record.value  # the same, signed again
            return
        self.marks.check(BUNDLE_PLACE, serial, digest_of(found.bundle.encode()))
        if known is not None and serial <= known.serial:
            raise StaleRevision(
                f"the trust bundle went from serial {known.serial} to {serial}",
                hint="publish the newest one again",
            )
        identity.keep_bundle(record.value)
        self.marks.note(BUNDLE_PLACE, serial, digest_of(found.bundle.encode()))
        self.verifier = Verifier(found)
        self._bundle_data = record.value
        self._fresh_data = self._record_data = b""  # to be judged again, by this one
        self.grants.judge_anew()
        self.maintenance.judge_anew()
        log.info("trust bundle taken", extra={"serial": serial})

    def _take_fresh(self, record: Record) -> None:
        if self.verifier is None or record.value == self._fresh_data:
            return
        verified = self.verifier.open(record.value, FRESH_PLACE, stored=stored_at(record))
        found = Fresh.decode(verified.payload)
        if self._fresh is None or found.at > self._fresh.at:
            # Nobody vouches for a time that is still to come.
            self._fresh = found.model_copy(update={"at": min(found.at, verified.issued)})
            for key, revision in found.heads.items():
                self.marks.note(f"{HEADS.name}.{key}", revision)
            if found.at - self.marks.number(FRESH_PLACE) > FRESH_KEPT:
                self.marks.note(FRESH_PLACE, int(self._fresh.at))
        self._fresh_data = record.value

    def _take_grants(self, record: Record) -> None:
        if self.verifier is not None:
            self.grants.take(record, self.verifier, self.bundle)

    def _take_maintenance(self, record: Record) -> None:
        if self.verifier is not None:
            self.maintenance.take(record, self.verifier, self.bundle)

    def _take_record(self, record: Record) -> None:
        if self.verifier is None or record.value == self._record_data:
            return
        place = place_of(NODES, record.key)
        verified = self.verifier.open(record.value, place, stored=stored_at(record))
        found = self._own(NodeRecord.decode(verified.payload))
        digest = digest_of(verified.payload)
        self.marks.check(place, found.revision, digest)
        self.marks.note(place, found.revision, digest)
        self._kept_record.save({place: Kept(record.value, self.bundle, verified.payload)})
        self.record, self._record_data = found, record.value

    def _load_record(self) -> None:
        try:
            for place, kept in self._kept_record.load(self.operator).items():
                self.record = self._own(NodeRecord.decode(kept.payload))
                self.marks.check(place, self.record.revision, digest_of(kept.payload))
                self._record_data = kept.data
        except (Untrusted, InvalidDocument) as error:
            self.record = None
            self._refuse(RECORD, error)

    def _own(self, record: NodeRecord) -> NodeRecord:
        """Return the record if it is ours; raises WrongAddressee."""
        identity = self._identity
        if (record.id, record.env) != (identity.id, identity.env):
            raise WrongAddressee(f"a record of {record.id} in environment {record.env!r}")
        return record
