"""The enrolments as an operator sees and changes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from zester.bus.buckets import ENROLLMENTS
from zester.bus.keys import make_key, split_key
from zester.bus.link.connection import Bus
from zester.bus.signed import SignedKv
from zester.cli.console.context import Context, author
from zester.errors import (
    InvalidDocument,
    InvalidKey,
    KeyNotFound,
    RevisionConflict,
    SettingsError,
    Untrusted,
)
from zester.resources.enrollment.enrollment import Enrollment
from zester.trust.envelope import Signer
from zester.trust.tiers import Tier

ATTEMPTS = 5

Change = Callable[[Enrollment], Enrollment]


@dataclass(frozen=True, slots=True)
class Line:
    """One machine; ``record`` is None when what is stored cannot be believed (``problem``)."""

    id: str
    record: Enrollment | None
    signer: str = ""
    problem: str = ""


class Register:
    """Reads judge who signed; changes are signed by the operator."""

    def __init__(self, kv: SignedKv[Enrollment], signer: Signer) -> None:
        self._kv = kv
        self._signer = signer

    @classmethod
    async def open(cls, bus: Bus, context: Context) -> Register:
        """Open as an operator; raises SettingsError, Untrusted."""
        verifier = await context.verifier(bus)
        signer = context.signer(Tier.OPERATOR)
        if verifier is None or signer is None:
            raise SettingsError(
                "this server runs without trust: every machine is let in",
                hint="`zester trust init` makes a set-up in which machines enrol",
            )
        return cls(SignedKv(bus, ENROLLMENTS, Enrollment, verifier), signer)

    async def lines(self) -> list[Line]:
        """Return every machine, by id."""
        found: dict[str, Line] = {}
        async for record in self._kv.records.scan():
            try:
                (node,) = split_key(record.key)
            except (InvalidKey, ValueError):
                continue
            try:
                entry = self._kv.open(record)
            except (Untrusted, InvalidDocument) as error:
                found[node] = Line(node, None, problem=error.message)
            else:
                found[node] = Line(node, entry.value, entry.signer)
        return [found[node] for node in sorted(found)]

    async def line(self, node: str) -> Line:
        """Return one machine; raises KeyNotFound."""
        record = await self._kv.records.get(make_key(node))
        if record is None:
            raise KeyNotFound(
                f"no machine called {node!r} ever asked", hint="`zester enroll list` lists them"
            )
        try:
            entry = self._kv.open(record)
        except (Untrusted, InvalidDocument) as error:
            return Line(node, None, problem=error.message)
        return Line(node, entry.value, entry.signer)

    async def change(self, node: str, change: Change) -> Enrollment:
        """Write what ``change`` makes of a record, and in whose name.

        Raises KeyNotFound, RevisionConflict, an Untrusted when the record cannot be believed, and
        what ``change`` raises.
        """
        key = make_key(node)
        for attempt in range(1, ATTEMPTS + 1):
            entry = await self._kv.get(key)
            if entry is None:
                await self.line(node)  # raises
                raise RevisionConflict(f"{node} was removed in the meantime")
            changed = change(entry.value)
            if changed == entry.value:
                return changed
            now = int(time.time())
            record = changed.model_copy(update={"decided": now, "by": author()})
            try:
                await self._kv.write(key, record, self._signer, over=entry.revision)
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
