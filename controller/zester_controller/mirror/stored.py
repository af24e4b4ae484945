"""Objects that are not files: kept in the bucket ``objects`` for the rooms that act on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from zester.bus.buckets import OBJECTS
from zester.bus.keys import Key, escape_token, make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of, stored_at
from zester.dataclass import dataclass
from zester.errors import InvalidDocument, InvalidKey, Untrusted
from zester.resources.cluster_object import ClusterObject
from zester.trust.envelope import Signer
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.problem import Problem
from zester_controller.mirror.publish.authority import MirrorAuthority

LARGEST = 1_000_000
"""Bytes of a signed object; a bucket takes 1 MiB a value."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is stored of a namespace; ``objects`` are those that can be believed."""

    records: Mapping[str, Record]
    objects: Mapping[str, ClusterObject]


class StoredObjects:
    """Reads and writes what is stored of one namespace; signed by the master."""

    def __init__(self, bus: Bus, authority: MirrorAuthority) -> None:
        self._records = Records(bus, OBJECTS)
        self._authority = authority

    async def namespaces(self) -> set[str]:
        """Return every namespace of which something is stored; raises BusUnavailable."""
        found: set[str] = set()
        async for record in self._records.scan(f"*.{escape_token(self._authority.cluster)}.*.*"):
            with suppress(InvalidKey):
                found.add(split_key(record.key)[2])
        return found

    async def read(self, namespace: str) -> Shelf:
        """Return what is stored; raises BusUnavailable, SettingsError."""
        verifier = self._authority().verifier
        cluster, space = escape_token(self._authority.cluster), escape_token(namespace)
        records: dict[str, Record] = {}
        objects: dict[str, ClusterObject] = {}
        async for record in self._records.scan(f"*.{cluster}.{space}.*"):
            records[record.key] = record
            try:
                place = place_of(OBJECTS, record.key)
                found = verifier.open(record.value, place, stored=stored_at(record))
                objects[record.key] = ClusterObject.decode(found.payload)
            except (Untrusted, InvalidDocument):
                continue  # written anew, or removed, as objects say
        return Shelf(records, objects)

    async def keep(self, shelf: Shelf, live: Sequence[Candidate]) -> dict[str, Problem]:
        """Store what objects say; return by uid why one cannot be.

        Raises BusUnavailable, RevisionConflict.
        """
        problems: dict[str, Problem] = {}
        signer = self._authority.master()
        for each in live:
            wanted = self.said(each)
            key = self.key(each)
            if wanted is None or shelf.objects.get(key) == wanted:
                continue
            try:
                data = _signed(signer, key, wanted)
            except UnicodeEncodeError:
                problems[each.uid] = Problem("InvalidSpec", "spec holds text that is not Unicode")
                continue
            if len(data) > LARGEST:
                message = f"{len(data)} bytes are more than the {LARGEST} that can be stored"
                problems[each.uid] = Problem("InvalidSpec", message)
                continue
            await self._write(key, data, shelf)
        return problems

    async def drop(
        self,
        shelf: Shelf,
        candidates: Sequence[Candidate],
        complete: Collection[str],
        orphaning: Collection[str],
    ) -> None:
        """Remove what no object says any more; what is orphaned stays, and says so.

        Raises BusUnavailable, RevisionConflict.
        """
        there = {(str(self.key(each)), each.uid): each for each in candidates}
        names = {key for key, _ in there}
        for key, record in shelf.records.items():
            found = shelf.objects.get(key)
            if found is None:
                if key not in names and key.partition(".")[0] in complete:
                    await self._records.delete(key, revision=record.revision)
                continue
            each = there.get((key, found.uid))
            if each is None:
                if not found.orphaned and key not in names and found.kind in complete:
                    await self._records.delete(key, revision=record.revision)
            elif each.deleting and (each.orphans or each.uid in orphaning):
                kept = found.model_copy(update={"orphaned": True})
                await self._write(key, _signed(self._authority.master(), key, kept), shelf)
            elif each.deleting:
                await self._records.delete(key, revision=record.revision)

    def said(self, candidate: Candidate) -> ClusterObject | None:
        """Return an object as it is stored, None for one that cannot be read."""
        if candidate.resource is None:
            return None
        written = candidate.resource.written()
        return ClusterObject(
            kind=candidate.key.plural,
            cluster=self._authority.cluster,
            namespace=candidate.key.namespace,
            name=candidate.key.name,
            uid=candidate.uid,
            generation=candidate.generation,
            spec=written["spec"],
        )

    def key(self, candidate: Candidate) -> Key:
        """Return where an object is stored."""
        plural, namespace, name = candidate.key
        return make_key(plural, self._authority.cluster, namespace, name)

    async def _write(self, key: str, data: bytes, shelf: Shelf) -> None:
        record = shelf.records.get(key)
        if record is None:
            await self._records.create(key, data)
        else:
            await self._records.update(key, data, record.revision)


def _signed(signer: Signer, key: str, value: ClusterObject) -> bytes:
    return signer.sign(place_of(OBJECTS, key), value.encode())
