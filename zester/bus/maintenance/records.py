"""What operators say about changing machines: read and written for many at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

from zester.bus.batch import write_batch
from zester.bus.buckets import MAINTENANCE
from zester.bus.keys import make_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record, Records
from zester.bus.signed import place_of, stored_at
from zester.dataclass import dataclass
from zester.errors import (
    InvalidDocument,
    RevisionConflict,
    Untrusted,
    WrongAddressee,
    ZesterError,
)
from zester.resources.maintenance.maintenance import Maintenance
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

PAGE = 250
"""Peels that are read, and written, at once."""

ATTEMPTS = 5

Change = Callable[[Maintenance], Maintenance]
"""Makes another one of what is said; what it makes of its own result is the same again."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is stored of one peel; ``problem`` says why it is not believed."""

    value: Maintenance | None
    signer: str = ""
    problem: str = ""


@dataclass(slots=True)
class Changed:
    """What became of a change by peel: made, not needed, or why it could not be made."""

    done: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)


async def read_maintenance(bus: Bus, verifier: Verifier, nodes: Iterable[str]) -> dict[str, Said]:
    """Return what is said of each of these peels; raises BusUnavailable."""
    found: dict[str, Said] = {}
    for page in _pages(sorted(nodes)):
        stored = await Records(bus, MAINTENANCE).get_many([make_key(node) for node in page])
        for node in page:
            found[node] = _judge(verifier, node, stored.get(make_key(node)))
    return found


class MaintenanceWriter:
    """Changes what is said, in the name of one operator; compares before each write."""

    def __init__(self, bus: Bus, signer: Signer, verifier: Verifier) -> None:
        self._bus = bus
        self._signer = signer
        self._verifier = verifier
        self._records = Records(bus, MAINTENANCE)

    async def change(self, nodes: Iterable[str], change: Change) -> Changed:
        """Change what is said of these peels, as many as can be; never raises for one of them.

        A batch is stored whole or not at all; when it is not, each peel is tried for itself.
        """
        result = Changed()
        for page in _pages(sorted(nodes)):
            try:
                await self._change_page(page, change, result)
            except ZesterError:
                for node in page:
                    if node not in result.same:
                        await self._change_one(node, change, result)
        return result

    async def _change_page(self, page: Sequence[str], change: Change, result: Changed) -> None:
        stored = await self._records.get_many([make_key(node) for node in page])
        writes: dict[str, tuple[str, bytes]] = {}
        over: dict[str, int] = {}
        same: list[str] = []
        for node in page:
            key = make_key(node)
            record = stored.get(key)
            data = await self._next(node, record, change, result)
            if data is None:
                same.append(node)
            else:
                writes[node] = (key, data)
                over[key] = record.revision if record else 0
        result.same.extend(same)
        if writes:
            await write_batch(self._bus, MAINTENANCE, list(writes.values()), over=over)
            result.done.extend(writes)

    async def _change_one(self, node: str, change: Change, result: Changed) -> None:
        key = make_key(node)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                record = await self._records.get(key)
                data = await self._next(node, record, change, result)
                if data is None:
                    result.same.append(node)
                elif record is None:
                    await self._records.create(key, data)
                    result.done.append(node)
                else:
                    await self._records.update(key, data, record.revision)
                    result.done.append(node)
            except RevisionConflict as error:  # somebody else was quicker
                if attempt == ATTEMPTS:
                    result.failed[node] = error.message
                continue
            except ZesterError as error:
                result.failed[node] = error.message
            return

    async def _next(
        self, node: str, record: Record | None, change: Change, result: Changed
    ) -> bytes | None:
        """Return the envelope to store next, None when nothing is different.

        What is not believed any more is replaced whole; it only lends its revision.
        """
        said = _judge(self._verifier, node, record)
        known = said.value
        if known is None:
            revision = await self._last(node) if record is not None else 0
            blank = Maintenance(
                revision=revision + 1, id=node, env=self._signer.env, updated=int(time.time())
            )
            changed = change(blank)
            if changed == blank and record is None:
                return None
            if said.problem:
                result.replaced[node] = said.problem
        else:
            changed = change(known)
            if changed == known:
                return None
            changed = changed.model_copy(
                update={"revision": known.revision + 1, "updated": int(time.time())}
            )
        return self._signer.sign(place_of(MAINTENANCE, make_key(node)), changed.encode())

    async def _last(self, node: str) -> int:
        """The highest revision that a kept version has: peels refuse lower ones."""
        highest = 0
        key = make_key(node)
        async for record in self._records.versions(key):
            try:
                found = self._verifier.reopen(record.value, place_of(MAINTENANCE, key))
                highest = max(highest, Maintenance.decode(found.payload).revision)
            except (Untrusted, InvalidDocument):
                continue
        return highest


def _judge(verifier: Verifier, node: str, record: Record | None) -> Said:
    if record is None:
        return Said(None)
    try:
        place = place_of(MAINTENANCE, record.key)
        verified = verifier.open(record.value, place, stored=stored_at(record))
        value = Maintenance.decode(verified.payload)
        if (value.id, value.env) != (node, verifier.env):
            raise WrongAddressee(f"meant for {value.id} in environment {value.env!r}")
    except (Untrusted, InvalidDocument) as error:
        return Said(None, problem=error.message)
    return Said(value, verified.name)


def _pages(nodes: Sequence[str]) -> list[Sequence[str]]:
    return [nodes[start : start + PAGE] for start in range(0, len(nodes), PAGE)]
