"""Raw reads and writes of one bucket: bytes in, bytes out, one round trip each.

Peels get by with direct gets of single keys and with ``multi_last``; nothing here creates a
consumer.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing

from zester.bus.api import error_code, parse_answer, raise_refusal
from zester.bus.buckets import Bucket
from zester.bus.keys import check_filter
from zester.bus.link.connection import REQUEST_TIMEOUT, Bus
from zester.bus.link.message import Message
from zester.dataclass import dataclass
from zester.errors import BusRefused, BusUnavailable, RevisionConflict

WRONG_LAST_SEQUENCE = 10071
BEING_WRITTEN = 10164
"""In a cluster: a write to the same key is under way, which may come to nothing."""

MULTI_LAST_LIMIT = 1024
SCAN_BATCH = 500

MARK = 1.0
"""Seconds that a deletion stays in a bucket with times to live."""

EXPECT = "Nats-Expected-Last-Subject-Sequence"


@dataclass(frozen=True, slots=True)
class Record:
    """One stored version of a key. ``revision`` is the stream sequence; ``created`` RFC 3339."""

    key: str
    value: bytes
    revision: int
    created: str


class Records:
    """The keys of one bucket. Every call raises BusUnavailable when the server is away."""

    def __init__(self, bus: Bus, bucket: Bucket, *, timeout: float = REQUEST_TIMEOUT) -> None:
        self.bus = bus
        self.bucket = bucket
        self._timeout = timeout
        self._direct = f"$JS.API.DIRECT.GET.{bucket.stream}"
        self._prefix = bucket.subject("")

    async def get(self, key: str) -> Record | None:
        """Return the newest version, None when there is none or it was deleted."""
        check_filter(key)
        answer = await self.bus.request(
            f"{self._direct}.{self.bucket.subject(key)}", timeout=self._timeout
        )
        if answer.status == 404:
            return None
        self._refuse(answer)
        return self._record(answer)

    async def get_many(self, filters: Sequence[str]) -> dict[str, Record]:
        """Return the newest version of each key that a filter matches, at most 1,024 in all."""
        subjects = [self.bucket.subject(check_filter(pattern)) for pattern in filters]
        found: dict[str, Record] = {}
        if not subjects:
            return found
        body = json.dumps({"multi_last": subjects, "batch": MULTI_LAST_LIMIT}).encode()
        async with aclosing(self.bus.stream(self._direct, body, timeout=self._timeout)) as answers:
            async for answer in answers:
                if answer.status in (204, 404):
                    break
                self._refuse(answer)
                record = self._record(answer)
                if record is not None:
                    found[record.key] = record
        return found

    async def scan(self, pattern: str = ">") -> AsyncIterator[Record]:
        """Yield the newest version of every matching key; any number of keys, in no order."""
        if self.bucket.history == 1:
            async for record in self.versions(pattern):
                yield record
            return
        newest: dict[str, Record] = {}
        async with aclosing(self._history(pattern)) as history:
            async for key, found in history:
                if found is not None:
                    newest[key] = found
                else:  # what was before a deletion must not come back
                    newest.pop(key, None)
        for record in newest.values():
            yield record

    async def versions(self, pattern: str) -> AsyncIterator[Record]:
        """Yield every kept version of every matching key, oldest first; deletions left out."""
        async with aclosing(self._history(pattern)) as history:
            async for _, record in history:
                if record is not None:
                    yield record

    async def _history(self, pattern: str) -> AsyncGenerator[tuple[str, Record | None], None]:
        """Yield every key with each of its kept versions, oldest first; None = deleted."""
        async with aclosing(self.since(0, pattern)) as found:
            async for _, key, record in found:
                yield key, record

    async def since(
        self, after: int, pattern: str = ">"
    ) -> AsyncGenerator[tuple[int, str, Record | None], None]:
        """Yield revision, key and version of all that is kept after a revision, oldest first.

        None = deleted.
        """
        subject = self.bucket.subject(check_filter(pattern))
        sequence = after + 1
        while True:
            body = json.dumps(
                {"next_by_subj": subject, "seq": sequence, "batch": SCAN_BATCH}
            ).encode()
            more = False
            async with aclosing(
                self.bus.stream(self._direct, body, timeout=self._timeout)
            ) as answers:
                async for answer in answers:
                    if answer.status in (204, 404):
                        break
                    self._refuse(answer)
                    sequence = int(answer.headers["Nats-Sequence"]) + 1
                    more = int(answer.headers.get("Nats-Num-Pending", "0")) > 0
                    key = answer.headers["Nats-Subject"].removeprefix(self._prefix)
                    yield sequence - 1, key, self._record(answer)
            if not more:
                return

    async def put(self, key: str, value: bytes, *, ttl: float | None = None) -> int:
        """Store unconditionally; return the revision. ``ttl`` in seconds, at least 1."""
        return await self._write(key, value, _headers(ttl=ttl))

    async def create(self, key: str, value: bytes, *, ttl: float | None = None) -> int:
        """Store only if the key has no value; raises RevisionConflict."""
        try:
            return await self._write(key, value, _headers(expect=0, ttl=ttl))
        except RevisionConflict:
            # A deleted key still has a last message: write after that one.
            answer = await self.bus.request(
                f"{self._direct}.{self.bucket.subject(key)}", timeout=self._timeout
            )
            if answer.status is None and self._record(answer) is None:
                last = int(answer.headers["Nats-Sequence"])
                return await self._write(key, value, _headers(expect=last, ttl=ttl))
            raise

    async def update(
        self, key: str, value: bytes, revision: int, *, ttl: float | None = None
    ) -> int:
        """Store only if ``revision`` is still the newest; raises RevisionConflict."""
        return await self._write(key, value, _headers(expect=revision, ttl=ttl))

    async def delete(self, key: str, *, revision: int | None = None) -> None:
        """Delete the key; with ``revision`` only if that is the newest (else RevisionConflict).

        In buckets of what passes away the mark of the deletion does so too.
        """
        ttl = MARK if self.bucket.ttl else None
        await self._write(key, b"", {"KV-Operation": "DEL", **_headers(expect=revision, ttl=ttl)})

    async def _write(self, key: str, value: bytes, headers: dict[str, str]) -> int:
        check_filter(key)
        if "*" in key or ">" in key:
            raise BusRefused(f"cannot write to the pattern {key!r}")
        answer = await self.bus.request(
            self.bucket.subject(key), value, headers=headers, timeout=self._timeout
        )
        return acknowledged(answer, f"{self.bucket.name}/{key}")

    def _refuse(self, answer: Message) -> None:
        if answer.status is not None:
            text = answer.headers.get("Description", "")
            raise BusRefused(f"{self.bucket.name}: server answered {answer.status} {text}".strip())

    def _record(self, answer: Message) -> Record | None:
        if answer.headers.get("KV-Operation") or answer.headers.get("Nats-Marker-Reason"):
            return None
        return Record(
            answer.headers["Nats-Subject"].removeprefix(self._prefix),
            answer.data,
            int(answer.headers["Nats-Sequence"]),
            answer.headers["Nats-Time-Stamp"],
        )


def acknowledged(answer: Message, what: str) -> int:
    """Return the sequence of a publish acknowledgement.

    Raises RevisionConflict, BusUnavailable (the cluster has no leader) or BusRefused.
    """
    if answer.status == 503:
        raise BusUnavailable(f"{what}: no stream takes this write")
    body = parse_answer(answer, what)
    if error_code(body) == WRONG_LAST_SEQUENCE:
        raise RevisionConflict(f"{what} was written by somebody else in the meantime")
    if error_code(body) == BEING_WRITTEN:
        raise BusUnavailable(f"{what} is being written by somebody else", retry_after=0.5)
    raise_refusal(body, what)
    return int(body["seq"])


def _headers(*, expect: int | None = None, ttl: float | None = None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if expect is not None:
        headers[EXPECT] = str(expect)
    if ttl is not None:
        headers["Nats-TTL"] = f"{max(1, round(ttl))}s"
    return headers
