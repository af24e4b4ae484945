"""What the followed tree has made, on disk."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.agent.store import Store
from zester_peel.engine.run.belongings import Made

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Belonging:
    """A thing, the state it came from, and whether it was made or found there."""

    made: Made
    ref: str
    function: str
    at: str
    created: bool


class StoredBelongings:
    """Belongings in the peel's database.

    What cannot be noted counts as found: it stays on the machine.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Made, bool] | None = None

    def knows(self, made: Made) -> bool:
        return made in self._all()

    def note(self, made: Made, *, ref: str, function: str, at: str, created: bool) -> None:
        values = (made.kind, made.path, ref, function, at, int(created))
        if self._write("INSERT OR IGNORE INTO made VALUES (?, ?, ?, ?, ?, ?)", [values]):
            self._all()[made] = created

    def found(self, things: Mapping[Made, tuple[str, str, str]]) -> None:
        """Note what states declare and nobody noted when it was made: it was there before."""
        new = {made: head for made, head in things.items() if made not in self._all()}
        rows = [(made.kind, made.path, *head, 0) for made, head in new.items()]
        if rows and self._write("INSERT OR IGNORE INTO made VALUES (?, ?, ?, ?, ?, ?)", rows):
            self._all().update(dict.fromkeys(new, False))

    def beyond(self, declared: Collection[Made]) -> list[Belonging]:
        """Return what was noted and is not declared any more, the deepest paths first."""
        gone = {made for made in self._all() if made not in declared}
        if not gone:
            return []
        query = "SELECT kind, path, ref, function, at, created FROM made ORDER BY path DESC"
        return [
            Belonging(made, ref, function, at, bool(created))
            for kind, path, ref, function, at, created in self._store.rows(query)
            if (made := Made(kind, path)) in gone
        ]

    def drop(self, things: Collection[Made]) -> None:
        """Forget things: they are gone, or nobody's business any more."""
        rows = [(made.kind, made.path) for made in things]
        if rows and self._write("DELETE FROM made WHERE kind = ? AND path = ?", rows):
            for made in things:
                self._all().pop(made, None)

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[Made, bool]:
        if self._known is None:  # read when a tree asks for it: most peels never need it
            rows = self._store.rows("SELECT kind, path, created FROM made")
            self._known = {Made(kind, path): bool(created) for kind, path, created in rows}
        return self._known

    def _write(self, statement: str, rows: Collection[tuple[Any, ...]]) -> bool:
        try:
            with self._store.transaction() as db:
                db.executemany(statement, rows)
        except HostError as error:
            log.error("what the tree made is not remembered", extra={"error": str(error)})
            return False
        return True
