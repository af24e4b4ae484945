"""What the followed tree has made, on disk."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from zester.dataclass import dataclass
from zester.errors import HostError
from zester_peel.agent.store import Store
from zester_peel.engine.run.belongings import Belongings, Made

log = logging.getLogger(__name__)


_NEW = "INSERT OR IGNORE INTO made VALUES (?, ?, ?, ?, ?, ?)"
_ASKED = "INSERT OR REPLACE INTO asked VALUES (?, ?, ?)"
_NOT_ASKED = "DELETE FROM asked WHERE kind = ? AND path = ?"
_GONE = "DELETE FROM made WHERE kind = ? AND path = ?"

Changes = Sequence[tuple[str, Collection[tuple[Any, ...]]]]
"""Statements, each with the rows it is done for."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A thing, the state it came from, and whether it was made or found there.

    ``origin``: the file of the state asked for it to be pruned, and was made from that, None when
    it did not ask.
    """

    made: Made
    ref: str
    function: str
    at: str
    created: bool
    origin: str | None


class StoredBelongings:
    """Belongings in the peel's database.

    What cannot be noted counts as found: it stays on the machine.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[Made, bool] | None = None
        self._asked: dict[Made, str] = {}
        """Those that the files of their states ask for, and what these were made from."""

    def knows(self, made: Made, *, own: bool) -> bool:
        return made in self._all()

    def note(
        self, made: Made, *, ref: str, function: str, at: str, created: bool, own: bool
    ) -> None:
        head = (made.kind, made.path)
        asked = [(*head, "")] if own else []
        if self._write([(_NEW, [(*head, ref, function, at, int(created))]), (_ASKED, asked)]):
            self._all()[made] = created
            if own:
                self._asked[made] = ""

    def found(self, things: Mapping[Made, tuple[str, str, str]]) -> None:
        """Note what states declare and nobody noted when it was made: it was there before."""
        new = {made: head for made, head in things.items() if made not in self._all()}
        rows = [(made.kind, made.path, *head, 0) for made, head in new.items()]
        if rows and self._write([(_NEW, rows)]):
            self._all().update(dict.fromkeys(new, False))

    def ask(self, wanted: Mapping[Made, str | None]) -> None:
        """Note which of these the files of their states ask for (None: not), and their origins."""
        known = {made: origin for made, origin in wanted.items() if made in self._all()}
        asked = {
            made: origin
            for made, origin in known.items()
            if origin is not None and self._asked.get(made) != origin
        }
        others = [made for made in known if known[made] is None and made in self._asked]
        rows = [(made.kind, made.path, origin) for made, origin in asked.items()]
        changes: Changes = [(_ASKED, rows), (_NOT_ASKED, _rows(others))]
        if (asked or others) and self._write(changes):
            self._asked.update(asked)
            for made in others:
                del self._asked[made]

    def beyond(self, declared: Collection[Made]) -> list[Belonging]:
        """Return what was noted and is not declared any more, the deepest paths first."""
        gone = {made for made in self._all() if made not in declared}
        if not gone:
            return []
        query = "SELECT kind, path, ref, function, at, created FROM made ORDER BY path DESC"
        return [
            Belonging(made, ref, function, at, bool(created), self._asked.get(made))
            for kind, path, ref, function, at, created in self._store.rows(query)
            if (made := Made(kind, path)) in gone
        ]

    def keep(self, things: Collection[Made]) -> None:
        """Forget all but these."""
        self.drop([made for made in self._all() if made not in things])

    def keep_asked(self) -> None:
        """Forget all that only a tree as a whole asked for."""
        if len(self._all()) > len(self._asked):
            self.keep(self._asked)

    def drop(self, things: Collection[Made]) -> None:
        """Forget things: they are gone, or nobody's business any more."""
        rows = _rows(things)
        if rows and self._write([(_GONE, rows), (_NOT_ASKED, rows)]):
            for made in things:
                self._all().pop(made, None)
                self._asked.pop(made, None)

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Made]:
        return iter(tuple(self._all()))

    def _all(self) -> dict[Made, bool]:
        if self._known is None:  # read when somebody asks for it: most peels never need it
            rows = self._store.rows("SELECT kind, path, created FROM made")
            self._known = {Made(kind, path): bool(created) for kind, path, created in rows}
            rows = self._store.rows("SELECT kind, path, origin FROM asked")
            asked = ((Made(kind, path), str(origin)) for kind, path, origin in rows)
            self._asked = {made: origin for made, origin in asked if made in self._known}
        return self._known

    def _write(self, changes: Changes) -> bool:
        try:
            with self._store.transaction() as db:
                for statement, rows in changes:
                    db.executemany(statement, rows)
        except HostError as error:
            log.error("what the tree made is not remembered", extra={"error": str(error)})
            return False
        return True


class AskedBelongings:
    """Only what the files of states themselves ask for; of a tree that does not ask."""

    def __init__(self, all_: Belongings) -> None:
        self._all = all_

    def knows(self, made: Made, *, own: bool) -> bool:
        return not own or self._all.knows(made, own=own)

    def note(
        self, made: Made, *, ref: str, function: str, at: str, created: bool, own: bool
    ) -> None:
        self._all.note(made, ref=ref, function=function, at=at, created=created, own=own)


def _rows(things: Collection[Made]) -> list[tuple[str, str]]:
    return [(made.kind, made.path) for made in things]
