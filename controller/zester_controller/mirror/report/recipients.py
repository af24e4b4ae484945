"""How many peels hold the key of a settings file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping

from zester.bus.buckets import GRANTS
from zester.bus.keys import split_key
from zester.bus.link.connection import Bus
from zester.bus.records import Records
from zester.errors import InvalidKey
from zester.trees.sealed.rotation import granted_scopes
from zester.trust.verifier import Verifier

FRESH_FOR = 15.0
"""Seconds for which a count holds."""


class Recipients:
    """Counts grants; one that did not change is not judged again."""

    def __init__(
        self,
        bus: Bus,
        verifier: Callable[[], Verifier | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus = bus
        self._verifier = verifier
        self._clock = clock
        self._at: float | None = None
        self._granted: dict[str, tuple[int, frozenset[str]]] = {}
        self._held: Counter[str] = Counter()

    async def held(self) -> Mapping[str, int]:
        """Return by hashed scope how many peels have its key; raises BusUnavailable."""
        now = self._clock()
        verifier = self._verifier()
        if verifier is None or (self._at is not None and now - self._at < FRESH_FOR):
            return self._held
        granted: dict[str, tuple[int, frozenset[str]]] = {}
        async for record in Records(self._bus, GRANTS).scan():
            known = self._granted.get(record.key)
            if known is None or known[0] != record.revision:
                try:
                    (node,) = split_key(record.key)
                except (InvalidKey, ValueError):
                    continue
                known = (record.revision, frozenset(granted_scopes(record, verifier, node)))
            granted[record.key] = known
        self._granted, self._at = granted, now
        self._held = Counter(scope for _, scopes in granted.values() for scope in scopes)
        return self._held
