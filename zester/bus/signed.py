"""Typed reads and writes of signed documents: envelopes in the bus, judged when they are read."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

from zester.bus.buckets import Bucket
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.dataclass import dataclass
from zester.errors import BusRefused
from zester.resources.document import Document
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

DocumentT = TypeVar("DocumentT", bound=Document)


@dataclass(frozen=True, slots=True)
class Signed(Generic[DocumentT]):
    """A stored document that was judged good; ``data`` is its envelope as it came.

    ``signer`` is the name of whoever signed; ``created`` RFC 3339.
    """

    key: str
    value: DocumentT
    revision: int
    created: str
    data: bytes
    signer: str


class SignedKv(Generic[DocumentT]):
    """Signed documents of one kind in one bucket.

    Reads raise an Untrusted that names what is wrong, InvalidDocument when somebody who may signed
    something else.
    """

    def __init__(
        self, bus: Bus, bucket: Bucket, model: type[DocumentT], verifier: Verifier
    ) -> None:
        self.records = Records(bus, bucket)
        self._bucket = bucket
        self._model = model
        self._verifier = verifier

    async def get(self, key: str) -> Signed[DocumentT] | None:
        """Return the newest version, None when there is none."""
        record = await self.records.get(key)
        return None if record is None else self.open(record)

    def open(self, record: Record) -> Signed[DocumentT]:
        """Judge a record that was read."""
        place = place_of(self._bucket, record.key)
        verified = self._verifier.open(record.value, place, stored=stored_at(record))
        value = self._model.decode(verified.payload)
        return Signed(
            record.key, value, record.revision, record.created, record.value, verified.name
        )

    async def write(
        self,
        key: str,
        value: DocumentT,
        signer: Signer,
        *,
        over: int,
        expires: float | None = None,
    ) -> int:
        """Sign and store over the revision ``over``, 0 for a free key; return the new revision.

        Raises RevisionConflict.
        """
        data = signer.sign(place_of(self._bucket, key), value.encode(), expires=expires)
        if not over:
            return await self.records.create(key, data)
        return await self.records.update(key, data, over)


def place_of(bucket: Bucket, key: str) -> str:
    """Return the place that the envelope of a key is signed for."""
    return f"{bucket.name}.{key}"


def stored_at(record: Record) -> float:
    """Return when the server took a record, in Unix seconds."""
    try:
        return datetime.fromisoformat(record.created).timestamp()
    except ValueError as error:
        raise BusRefused(f"{record.key}: the server's time stamp cannot be read") from error
