"""The enrolments as those see and change them who decide about machines."""

from __future__ import annotations

import time
from collections.abc import Callable

from zester.bus.buckets import ENROLLMENTS
from zester.bus.keys import make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Record
from zester.bus.signed import SignedKv, place_of
from zester.dataclass import dataclass
from zester.errors import (
    InvalidDocument,
    InvalidKey,
    KeyNotFound,
    RevisionConflict,
    RevokedSigner,
    SettingsError,
    Untrusted,
)
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.envelope import Signer
from zester.trust.verifier import Verifier

ATTEMPTS = 5

Change = Callable[[Enrollment], Enrollment]


@dataclass(frozen=True, slots=True)
class Line:
    """One machine; ``problem`` says why what is stored is not believed.

    ``record`` is None when it says nothing; what a signer said who was revoked since can be shown.
    """

    id: str
    record: Enrollment | None
    signer: str = ""
    problem: str = ""


class EnrollmentRegister:
    """Reads judge who signed; changes are signed, and say who made them."""

    def __init__(self, bus: Bus, signer: Signer, verifier: Verifier) -> None:
        self._kv = SignedKv(bus, ENROLLMENTS, Enrollment, verifier)
        self._signer = signer
        self._verifier = verifier

    async def lines(self) -> list[Line]:
        """Return every machine, by id."""
        found: dict[str, Line] = {}
        async for record in self._kv.records.scan():
            try:
                (node,) = split_key(record.key)
            except (InvalidKey, ValueError):
                continue
            found[node] = self._line(node, record)
        return [found[node] for node in sorted(found)]

    async def line(self, node: str) -> Line:
        """Return one machine; raises KeyNotFound."""
        record = await self._kv.records.get(make_key(node))
        if record is None:
            raise KeyNotFound(
                f"no machine called {node!r} ever asked", hint="`zester enroll list` lists them"
            )
        return self._line(node, record)

    def _line(self, node: str, record: Record) -> Line:
        try:
            entry = self._kv.open(record)
            return Line(node, entry.value, entry.signer)
        except RevokedSigner as error:
            verified = self._verifier.reopen(record.value, place_of(ENROLLMENTS, record.key))
            said = Enrollment.decode(verified.payload)
            return Line(node, said, verified.name, error.message)
        except (Untrusted, InvalidDocument) as error:
            return Line(node, None, problem=error.message)

    async def change(self, node: str, change: Change, *, by: str) -> Enrollment:
        """Write what ``change`` makes of a record, and in whose name (``by``).

        Raises KeyNotFound, RevisionConflict, SettingsError when the record says nothing that could
        be confirmed, and what ``change`` raises.
        """
        key = make_key(node)
        for attempt in range(1, ATTEMPTS + 1):
            stored = await self._kv.records.get(key)
            line = self._line(node, stored) if stored is not None else await self.line(node)
            if stored is None or line.record is None:
                raise SettingsError(
                    f"{node}: what is stored cannot be believed: {line.problem}",
                    hint=f"`zester enroll forget --force {node}`, and let the machine ask again",
                )
            changed = change(line.record)
            if changed == line.record and not line.problem:
                return changed
            now = int(time.time())
            record = changed.model_copy(update={"decided": now, "by": by[:256]})
            try:
                await self._kv.write(key, record, self._signer, over=stored.revision)
            except RevisionConflict:
                if attempt == ATTEMPTS:
                    raise
                continue  # a master notes renewals and rivals
            return record
        raise AssertionError("unreachable")

    async def remove(self, node: str) -> None:
        """Remove a record, believed or not; raises KeyNotFound."""
        await self.line(node)
        await self._kv.records.delete(make_key(node))
