"""What the peel remembers on disk: inventory, outcomes, debts, runs, reports to be delivered.

One SQLite file, mode 0600, one transaction for each run: after kill -9 a run is there with all its
outcomes and its report, or not at all.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from zester.errors import HostError
from zester.resources.nodes.report import RunReport
from zester.resources.nodes.status import LastRun
from zester_peel.engine.outcome import Outcome, RunResult

SCHEMA = 1
RUNS_KEPT, TIDY = 500, 20
"""Runs that are kept at least, and after how many reports the older ones are forgotten."""

_MEMORY = ":memory:"

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS inventory (
  ref TEXT PRIMARY KEY, function TEXT NOT NULL, name TEXT NOT NULL, at TEXT NOT NULL,
  first_seen REAL NOT NULL, last_changed REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outcomes (
  ref TEXT PRIMARY KEY, result INTEGER, comment TEXT NOT NULL, skipped TEXT, at TEXT NOT NULL,
  run TEXT NOT NULL, finished REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
  id TEXT PRIMARY KEY, cause TEXT NOT NULL, started REAL NOT NULL, duration REAL NOT NULL,
  changed INTEGER NOT NULL, corrected INTEGER NOT NULL, failed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS debts (
  ref TEXT NOT NULL, cause TEXT NOT NULL, PRIMARY KEY (ref, cause)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS made (
  kind TEXT NOT NULL, path TEXT NOT NULL, ref TEXT NOT NULL, function TEXT NOT NULL,
  at TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (kind, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS asked (
  kind TEXT NOT NULL, path TEXT NOT NULL, origin TEXT NOT NULL,
  PRIMARY KEY (kind, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
  number INTEGER PRIMARY KEY AUTOINCREMENT, subject TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS spool (number INTEGER PRIMARY KEY, report BLOB NOT NULL);
"""


class Store:
    """The peel's database; every method is one short transaction. Raises HostError.

    Where the file cannot be used it is kept in memory and ``problem`` says why; without a ``path``
    it is in memory by intention.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path or Path(_MEMORY)
        self.problem = ""
        self._known: dict[str, int] | None = None
        self._spool: str | None = None
        if path is None:
            self._db = _open(_MEMORY)
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._db = self._open_or_put_aside()
        except (OSError, sqlite3.OperationalError) as error:
            # A full or read-only disk must not keep the machine from being converged.
            self.problem = f"{path}: {error}"
            self._db = _open(_MEMORY)

    def _open_or_put_aside(self) -> sqlite3.Connection:
        try:
            return _open(str(self.path))
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # Nor must a damaged memory.
            self.path.rename(self.path.with_suffix(".damaged"))
            self.path.touch(mode=0o600)
            return _open(str(self.path))

    def recover(self) -> bool:
        """Return whether writing works; back to the file once no report is in memory only."""
        if self.problem:
            if self.pending_reports(1):
                return False
            try:
                found = _open(str(self.path))
            except sqlite3.DatabaseError:
                return False
            self._db.close()
            self._db, self.problem, self._known, self._spool = found, "", None, None
        try:
            self.set("recovered", str(time.time()))
        except HostError:
            return False
        return True

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of it or nothing; on disk when it is left."""
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk may have ended it already
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise HostError(f"{self.path}: {error}") from error

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise HostError(f"{self.path}: {error}") from error

    def change(self, statement: str, *values: object) -> int:
        """Do one statement, a transaction of its own; return how many rows it touched."""
        try:
            return self._db.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise HostError(f"{self.path}: {error}") from error

    def record_run(
        self,
        run: str,
        result: RunResult,
        *,
        corrected: int,
        gone: Iterable[str],
        report: RunReport | None,
    ) -> None:
        """Store a run with its outcomes and, when given, its report for delivery.

        ``gone`` are refs that no state declares any more. An outcome that changed nothing, and is
        what it was, stays as it is stored: with the run that it is so since.
        """
        finished = result.started + result.duration
        known = self._inventory()
        told = [
            each for each in result.outcomes if each.changes or known.get(each.ref) != _told(each)
        ]
        with self.transaction() as db:
            db.executemany(
                "INSERT INTO inventory VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (ref) DO UPDATE SET "
                "function = excluded.function, name = excluded.name, at = excluded.at, "
                "last_changed = COALESCE(excluded.last_changed, last_changed)",
                [
                    (
                        *(outcome.ref, outcome.function, outcome.name, str(outcome.at), finished),
                        finished if outcome.changes and outcome.result is not None else None,
                    )
                    for outcome in told
                ],
            )
            db.executemany(
                "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?)",
                [_outcome_row(outcome, run, finished) for outcome in told],
            )
            missing = [(ref,) for ref in gone]
            db.executemany("DELETE FROM inventory WHERE ref = ?", missing)
            db.executemany("DELETE FROM outcomes WHERE ref = ?", missing)
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run, result.cause.value, result.started, result.duration),
                    *(len(result.made), corrected, len(result.failed)),
                ),
            )
            if report is None or report.number % TIDY == 0:
                db.execute(
                    "DELETE FROM runs WHERE id NOT IN "
                    "(SELECT id FROM runs ORDER BY started DESC LIMIT ?)",
                    (RUNS_KEPT,),
                )
            if corrected:
                self._add(db, "corrected", corrected)
            if report is not None:
                db.execute("INSERT INTO spool VALUES (?, ?)", (report.number, report.encode()))
                self._set(db, "report_number", str(report.number))
        known.update((each.ref, _told(each)) for each in told)
        for (ref,) in missing:
            known.pop(ref, None)

    def known_refs(self) -> frozenset[str]:
        """Return every ref in the inventory."""
        return frozenset(self._inventory())

    def _inventory(self) -> dict[str, int]:
        """What is in the inventory, each with a mark of what was last told of it; 0 = unknown."""
        if self._known is None:
            self._known = dict.fromkeys(
                (ref for (ref,) in self.rows("SELECT ref FROM inventory")), 0
            )
        return self._known

    def debts(self) -> list[tuple[str, str]]:
        """Return ``(ref, cause)`` of states that still have to act on another's change."""
        return [(ref, cause) for ref, cause in self.rows("SELECT ref, cause FROM debts")]

    def failures(self) -> dict[str, tuple[str, str]]:
        """Return ``{ref: (comment, place)}`` of the states whose last result is a failure."""
        rows = self.rows("SELECT ref, comment, at FROM outcomes WHERE result = 0")
        return {ref: (comment, at) for ref, comment, at in rows}

    def last_run(self) -> LastRun | None:
        """Return the last run that did something, None when there was none."""
        rows = self.rows(
            "SELECT id, cause, started, duration, changed, corrected, failed FROM runs "
            "ORDER BY started DESC LIMIT 1"
        )
        names = ("id", "cause", "started", "duration", "changed", "corrected", "failed")
        return LastRun.model_validate(dict(zip(names, rows[0], strict=True))) if rows else None

    def next_report_number(self) -> int:
        """Return the number of the next report, counting from 1 for the life of this database."""
        return int(self.get("report_number") or 0) + 1

    @property
    def spool_name(self) -> str:
        """A random name made with this database; tells its report numbers from an older one's."""
        name = self._spool or self.get("spool")
        if name is None:
            name = uuid.uuid4().hex
            self.set("spool", name)
        self._spool = name
        return name

    @property
    def name_key(self) -> bytes:
        """A random key made with this database; names that hold secrets are told apart with it."""
        key = self.get("name_key")
        if key is None:
            key = secrets.token_hex(16)
            with suppress(HostError):  # a full disk: names differ after a restart, no more
                self.set("name_key", key)
        return bytes.fromhex(key)

    def pending_reports(self, limit: int = 100) -> list[tuple[int, bytes]]:
        """Return the oldest reports that were not delivered yet."""
        rows = self.rows("SELECT number, report FROM spool ORDER BY number LIMIT ?", limit)
        return [(number, bytes(report)) for number, report in rows]

    def delivered(self, number: int) -> None:
        """Forget all reports up to ``number``: they are on the bus."""
        with self.transaction() as db:
            db.execute("DELETE FROM spool WHERE number <= ?", (number,))

    @property
    def corrected(self) -> int:
        """Drifted states put right since this database was made."""
        return int(self.get("corrected") or 0)

    def get(self, key: str) -> str | None:
        """Return a remembered value."""
        rows = self.rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set(self, key: str, value: str) -> None:
        """Remember a value."""
        with self.transaction() as db:
            self._set(db, key, value)

    @staticmethod
    def _set(db: sqlite3.Connection, key: str, value: str) -> None:
        db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    @staticmethod
    def _add(db: sqlite3.Connection, key: str, count: int) -> None:
        db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET "
            "value = CAST(CAST(value AS INTEGER) + excluded.value AS TEXT)",
            (key, str(count)),
        )


def _open(path: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA cache_size=-64")
        db.executescript(_TABLES)
        db.execute("INSERT OR IGNORE INTO meta VALUES ('schema', ?)", (str(SCHEMA),))
    except BaseException:
        db.close()
        raise
    return db


def _told(outcome: Outcome) -> int:
    at, said = str(outcome.at), (outcome.result, outcome.comment, outcome.skipped)
    return hash((outcome.function, outcome.name, at, said))


def _outcome_row(outcome: Outcome, run: str, finished: float) -> tuple[object, ...]:
    result = None if outcome.result is None else int(outcome.result)
    return (
        *(outcome.ref, result, outcome.comment[:4096], outcome.skipped, str(outcome.at)),
        *(run, finished),
    )
