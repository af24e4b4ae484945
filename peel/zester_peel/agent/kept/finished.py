"""The revisions whose whole run was finished, for the next start."""

from __future__ import annotations

import json
from collections.abc import Mapping

from zester_peel.agent.store import Store

_KEY = "converged"


class Finished:
    """One entry in the peel's database; raises HostError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def revisions(self) -> dict[str, int]:
        """Return them by source, none when there was no such run."""
        try:
            found = json.loads(self._store.get(_KEY) or "{}")
            return {str(source): int(number) for source, number in found.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    def note(self, revisions: Mapping[str, int]) -> None:
        """Remember them."""
        self._store.set(_KEY, json.dumps(dict(revisions)))
