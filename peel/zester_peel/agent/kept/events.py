"""Results of states that ask for an event (``fire_event``), on disk until they are told."""

from __future__ import annotations

import json
from collections.abc import Iterable

from zester.bus.keys import escape_token
from zester_peel.agent.store import Store
from zester_peel.engine.outcome import Outcome

_TOKENS = 16
_TOKEN_LIMIT = 64
_TEXT_LIMIT = 4096


class StoredEvents:
    """A queue in the peel's database; raises HostError."""

    def __init__(self, store: Store, node: str) -> None:
        self._store = store
        self._node = node

    def add(self, run: str, outcomes: Iterable[Outcome]) -> None:
        """Note the results that have to be told."""
        rows = [
            (subject(self._node, outcome.event), self._body(run, outcome))
            for outcome in outcomes
            if outcome.event
        ]
        if rows:
            with self._store.transaction() as db:
                db.executemany("INSERT INTO events (subject, body) VALUES (?, ?)", rows)

    def pending(self, limit: int = 100) -> list[tuple[int, str, bytes]]:
        """Return the oldest as ``(number, subject, body)``."""
        query = "SELECT number, subject, body FROM events ORDER BY number LIMIT ?"
        return [(number, to, bytes(body)) for number, to, body in self._store.rows(query, limit)]

    def told(self, number: int) -> None:
        """Forget one: it is on the bus."""
        with self._store.transaction() as db:
            db.execute("DELETE FROM events WHERE number = ?", (number,))

    def identity(self, number: int) -> str:
        """Return what the bus recognises a repetition by."""
        return f"{self._store.spool_name}-event-{number}"

    def _body(self, run: str, outcome: Outcome) -> bytes:
        changes = json.loads(json.dumps(dict(outcome.changes), default=str))
        told = {
            "tag": outcome.event,
            "node": self._node,
            "run": run,
            "ref": outcome.ref,
            "name": outcome.name,
            "at": str(outcome.at),
            "result": outcome.result,
            "comment": outcome.comment[:_TEXT_LIMIT],
            "changes": changes if len(str(changes)) <= _TEXT_LIMIT else {"omitted": True},
            "started": outcome.started,
            "duration": outcome.duration,
        }
        return json.dumps(told).encode()


def subject(node: str, tag: str) -> str:
    """Return where an event is told: each part of the tag between slashes is a token."""
    parts = [part[:_TOKEN_LIMIT] for part in tag.split("/") if part][:_TOKENS] or ["state"]
    return ".".join(("zester.event", escape_token(node), "state", *map(escape_token, parts)))
