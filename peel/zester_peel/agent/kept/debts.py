"""What states owe, on disk."""

from __future__ import annotations

import logging
from collections.abc import Collection

from zester.errors import HostError
from zester_peel.agent.store import Store
from zester_peel.engine.run.debts import Debt

log = logging.getLogger(__name__)


class StoredDebts:
    """Debts in the peel's database; each change is there when the call returns.

    Where the disk refuses they are kept in memory: the machine is converged all the same.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._debts: set[Debt] = set(store.debts())

    def owed(self) -> frozenset[str]:
        return frozenset(ref for ref, _ in self._debts)

    def owe(self, debts: Collection[Debt]) -> frozenset[Debt]:
        new = frozenset(debts) - self._debts
        self._debts |= new
        if new:
            self._write("INSERT OR IGNORE INTO debts VALUES (?, ?)", new)
        return new

    def settle(self, ref: str) -> None:
        self.forgive([debt for debt in self._debts if debt[0] == ref])

    def forgive(self, debts: Collection[Debt]) -> None:
        self._debts -= set(debts)
        self._write("DELETE FROM debts WHERE ref = ? AND cause = ?", debts)

    def keep(self, refs: Collection[str]) -> None:
        """Forget what states owe that nothing declares any more."""
        self.forgive([debt for debt in self._debts if debt[0] not in refs])

    def _write(self, statement: str, debts: Collection[Debt]) -> None:
        if not debts:
            return
        try:
            with self._store.transaction() as db:
                db.executemany(statement, debts)
        except HostError as error:
            log.error("what states owe is not remembered", extra={"error": str(error)})
