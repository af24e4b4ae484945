"""What operators say about changing this machine, as far as this peel believes it."""

from __future__ import annotations

from zester.bus.buckets import MAINTENANCE
from zester.bus.keys import make_key
from zester.bus.records import Record
from zester.bus.signed import place_of, stored_at
from zester.errors import WrongAddressee
from zester.resources.maintenance.maintenance import Maintenance
from zester.trees.digest import digest_of
from zester.trust.verifier import Verifier
from zester_peel.agent.belief.kept import Kept, KeptEnvelopes
from zester_peel.agent.belief.marks import Marks
from zester_peel.agent.identity.identity import Identity

MAINTENANCE_FILE = "maintenance.json"


class HeldMaintenance:
    """The newest that was believed; ``value`` is None while nobody ever said anything."""

    def __init__(self, identity: Identity, marks: Marks) -> None:
        self.value: Maintenance | None = None
        self._identity = identity
        self._marks = marks
        self._data = b""
        self._kept = KeptEnvelopes(identity.folder / MAINTENANCE_FILE, identity.env)

    @property
    def key(self) -> str:
        """The key in the bucket ``maintenance``."""
        return make_key(self._identity.id)

    def load(self, operator: str) -> None:
        """Take up what was said before the restart; raises Untrusted, InvalidDocument."""
        for place, kept in self._kept.load(operator).items():
            found = self._own(kept.payload)
            self._marks.check(place, found.revision, digest_of(kept.payload))
            self.value, self._data = found, kept.data

    def judge_anew(self) -> None:
        """Judge what the bus has again, although it came before: whom we believe has changed."""
        self._data = b""

    def take(self, record: Record, verifier: Verifier, bundle: bytes) -> None:
        """Take up what the bus has; raises Untrusted, InvalidDocument, HostError.

        It counts as soon as it is believed, also while the disk takes nothing.
        """
        if record.value == self._data:
            return
        place = place_of(MAINTENANCE, record.key)
        verified = verifier.open(record.value, place, stored=stored_at(record))
        found = self._own(verified.payload)
        digest = digest_of(verified.payload)
        self._marks.check(place, found.revision, digest)
        self._marks.note(place, found.revision, digest)
        self.value, self._data = found, record.value
        self._kept.save({place: Kept(record.value, bundle, verified.payload)})

    def _own(self, payload: bytes) -> Maintenance:
        found, identity = Maintenance.decode(payload), self._identity
        if (found.id, found.env) != (identity.id, identity.env):
            raise WrongAddressee(f"meant for {found.id} in environment {found.env!r}")
        return found
