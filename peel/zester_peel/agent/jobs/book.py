"""Which jobs this peel has seen: none is ever run twice, and no result is lost.

A job is in the database before it starts. After a restart what had started and not ended is told
as interrupted. Returns that the bus has not taken yet wait here.
"""

from __future__ import annotations

import sqlite3
import time

from zester.dataclass import dataclass
from zester.trust.verifier import SKEW
from zester_peel.agent.store import Store

_TABLE = (
    "CREATE TABLE IF NOT EXISTS jobs (jid TEXT PRIMARY KEY, state TEXT NOT NULL, "
    "who TEXT NOT NULL, function TEXT NOT NULL, received REAL NOT NULL, forget REAL NOT NULL, "
    "return BLOB) WITHOUT ROWID"
)

RUNNING, WAITING, TOLD = "running", "waiting", "told"

_ENTER = (
    "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, NULL){} ON CONFLICT (jid) DO UPDATE "
    "SET state = 'told', return = NULL WHERE excluded.state = 'told'"
)
_ALSO_TOLD = ", (?, 'told', '', '', 0, 0, NULL)"

TOGETHER = 100
"""Jobs that are noted as told in one statement."""

TIDY = 60.0
"""Seconds between two looks for jobs that can be forgotten."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A job that had started when the last process ended; ``received`` in Unix seconds."""

    jid: str
    who: str
    function: str
    received: float


class JobBook:
    """The jobs of one peel; every method is one short transaction. Raises HostError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._told: list[str] = []
        self._tidied = 0.0
        with store.transaction() as db:
            db.execute(_TABLE)

    def enter(self, jid: str, *, who: str, function: str, expires: float) -> str | None:
        """Note that a job starts; return None, or the state of one that was seen before."""
        now = time.time()
        self._tidy(now)
        # Nobody can be made to believe in a job so long after its end, whatever his clock says.
        forget = max(expires, now) + 2 * SKEW
        told = self._told[:TOGETHER]
        statement = _ENTER.format(_ALSO_TOLD * len(told))
        entered = (jid, RUNNING, who, function, now, forget)
        changed = self._store.change(statement, *entered, *told)
        del self._told[: len(told)]
        if changed > len(told):  # those that were told are all there
            return None
        return str(self._store.rows("SELECT state FROM jobs WHERE jid = ?", jid)[0][0])

    def _tidy(self, now: float) -> None:
        if abs(now - self._tidied) >= TIDY:
            self._tidied = now
            self.flush()
            self._store.change("DELETE FROM jobs WHERE forget < ? AND state = ?", now, TOLD)

    def keep(self, jid: str, data: bytes) -> None:
        """Keep a return that the bus has not taken."""
        with self._store.transaction() as db:
            db.execute("UPDATE jobs SET state = ?, return = ? WHERE jid = ?", (WAITING, data, jid))

    def told(self, jid: str) -> None:
        """Note that the bus has a job's return; written down with the next job or ``flush``.

        A process that ends before that tells ``interrupted``, which the bus does not take.
        """
        self._told.append(jid)

    def flush(self) -> None:
        """Write down what was told."""
        if self._told:
            with self._store.transaction() as db:
                self._note_told(db)

    def waiting(self) -> list[tuple[str, bytes]]:
        """Return the returns that the bus has not taken."""
        self.flush()
        rows = self._store.rows("SELECT jid, return FROM jobs WHERE state = ?", WAITING)
        return [(str(jid), bytes(data)) for jid, data in rows]

    def unfinished(self) -> list[Unfinished]:
        """Return what had started when the last process ended; ask before anything is entered."""
        rows = self._store.rows(
            "SELECT jid, who, function, received FROM jobs WHERE state = ?", RUNNING
        )
        return [Unfinished(*row) for row in rows]

    def knows(self, jid: str) -> bool:
        """Whether a job was seen before."""
        return bool(self._store.rows("SELECT 1 FROM jobs WHERE jid = ?", jid))

    def waits(self, jid: str) -> bool:
        """Whether a job has a return that the bus has not taken."""
        asked = "SELECT 1 FROM jobs WHERE jid = ? AND state = ?"
        return bool(self._store.rows(asked, jid, WAITING))

    def _note_told(self, db: sqlite3.Connection) -> None:
        db.executemany(
            "UPDATE jobs SET state = 'told', return = NULL WHERE jid = ?",
            [(jid,) for jid in self._told],
        )
        self._told.clear()
