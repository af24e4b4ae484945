"""Typed reads and writes: the documents of one kind in one bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Generic, TypeVar

from zester.bus.buckets import Bucket
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.dataclass import dataclass
from zester.resources.document import Document

DocumentT = TypeVar("DocumentT", bound=Document)


@dataclass(frozen=True, slots=True)
class Entry(Generic[DocumentT]):
    """A stored document with its key and revision; ``created`` is RFC 3339."""

    key: str
    value: DocumentT
    revision: int
    created: str


class Kv(Generic[DocumentT]):
    """Documents of one kind. Reads raise InvalidDocument when the stored bytes are not one."""

    def __init__(self, bus: Bus, bucket: Bucket, model: type[DocumentT]) -> None:
        self.records = Records(bus, bucket)
        self._model = model

    async def get(self, key: str) -> Entry[DocumentT] | None:
        """Return the newest version, None when there is none."""
        record = await self.records.get(key)
        return None if record is None else self._entry(record)

    async def get_many(self, filters: Sequence[str]) -> dict[str, Entry[DocumentT]]:
        """Return the newest version of each matching key, at most 1,024 in all."""
        found = await self.records.get_many(filters)
        return {key: self._entry(record) for key, record in found.items()}

    async def scan(self, pattern: str = ">") -> AsyncIterator[Entry[DocumentT]]:
        """Yield the newest version of every matching key."""
        async for record in self.records.scan(pattern):
            yield self._entry(record)

    async def versions(self, key: str) -> AsyncIterator[Entry[DocumentT]]:
        """Yield every kept version of a key, oldest first."""
        async for record in self.records.versions(key):
            yield self._entry(record)

    async def put(self, key: str, value: DocumentT, *, ttl: float | None = None) -> int:
        """Store unconditionally (facts, status, leases only); return the revision."""
        return await self.records.put(key, value.encode(), ttl=ttl)

    async def create(self, key: str, value: DocumentT, *, ttl: float | None = None) -> int:
        """Store only if the key is free; raises RevisionConflict."""
        return await self.records.create(key, value.encode(), ttl=ttl)

    async def update(
        self, key: str, value: DocumentT, revision: int, *, ttl: float | None = None
    ) -> int:
        """Store only over ``revision``; raises RevisionConflict."""
        return await self.records.update(key, value.encode(), revision, ttl=ttl)

    async def delete(self, key: str, *, revision: int | None = None) -> None:
        """Delete; with ``revision`` only if that is the newest."""
        await self.records.delete(key, revision=revision)

    def _entry(self, record: Record) -> Entry[DocumentT]:
        value = self._model.decode(record.value)
        return Entry(record.key, value, record.revision, record.created)
