"""How far this peel has seen signed documents count; kept, so that a restart forgets nothing."""

from __future__ import annotations

import json
import logging
from typing import Any

from zester.dataclass import dataclass
from zester.errors import HostError, StaleRevision
from zester_peel.agent.store import Store

log = logging.getLogger(__name__)

KEY = "marks"


@dataclass(frozen=True, slots=True)
class _Mark:
    """The highest number that was believed; ``digest`` of what carried it, empty if unseen."""

    number: int
    digest: str = ""


class Marks:
    """High-water marks by place (``heads.base.cli``); they never go back.

    They are kept as soon as a document is known to be genuine, whether or not it can be followed.
    Without a store they are forgotten with the process.
    """

    def __init__(self, store: Store | None) -> None:
        self._store = store
        self._unwritten = False
        self._known: dict[str, _Mark] = _read(store.get(KEY)) if store else {}

    def number(self, place: str) -> int:
        """Return the highest number that was believed of a place, 0 for none."""
        mark = self._known.get(place)
        return mark.number if mark else 0

    def witnessed(self, place: str) -> bool:
        """Whether the highest was seen itself; else somebody only vouched for it."""
        mark = self._known.get(place)
        return mark is not None and bool(mark.digest)

    def check(self, place: str, number: int, digest: str) -> None:
        """Raise StaleRevision when a genuine document is older than one that was believed."""
        mark = self._known.get(place)
        if mark is None or number > mark.number:
            return
        if number < mark.number:
            raise StaleRevision(
                f"{place} went back from revision {mark.number} to {number}",
                hint="somebody put an old one back, or the server lost data: push again",
            )
        if mark.digest and digest != mark.digest:
            raise StaleRevision(
                f"revision {number} of {place} was replaced without counting up",
                hint="push again: the next revision is followed",
            )

    def note(self, place: str, number: int, digest: str = "") -> None:
        """Remember a number; it counts at once, also while the disk takes nothing."""
        mark = self._known.get(place)
        if mark is not None:
            same = number == mark.number and (mark.digest or not digest)
            if (same or number < mark.number) and not self._unwritten:
                return
            if same or number < mark.number:
                number, digest = mark.number, mark.digest
        self._known[place] = _Mark(number, digest)
        if self._store is None:
            return
        kept = {name: [mark.number, mark.digest] for name, mark in self._known.items()}
        try:
            self._store.set(KEY, json.dumps(kept))
            self._unwritten = False
        except HostError as error:
            self._unwritten = True  # it is tried again with the next one
            log.warning("mark not kept", extra={"place": place, "error": str(error)})


def _read(text: str | None) -> dict[str, _Mark]:
    """What an earlier process kept; what cannot be read counts as nothing."""
    try:
        value: Any = json.loads(text or "{}")
        return {
            str(place): _Mark(int(number), str(digest)) for place, (number, digest) in value.items()
        }
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}
