"""All objects, every change to them in order, and who waits for the next."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from support.kubernetes.objects.json_value import Json, encoded
from support.kubernetes.objects.kind import Shelf
from support.kubernetes.objects.refusal import Refusal

_LARGEST = 1536 * 1024

Key = tuple[str, str]
"""Namespace (empty for what belongs to none) and name."""


@dataclass(frozen=True, slots=True)
class Change:
    """One commit. ``after`` of a deletion is the last form of the object."""

    revision: int
    what: Literal["ADDED", "MODIFIED", "DELETED"]
    before: Json | None
    after: Json


def key_of(thing: Json) -> Key:
    """Return where an object is kept."""
    return thing["metadata"].get("namespace", ""), thing["metadata"]["name"]


class Store:
    """Objects by shelf. Objects are never changed once they are in: a change is another object."""

    def __init__(self) -> None:
        self.revision = 1
        self.compacted = 0
        self._shelves: defaultdict[Shelf, dict[Key, Json]] = defaultdict(dict)
        self._journal: defaultdict[Shelf, list[Change]] = defaultdict(list)
        self._written: dict[int, bytes] = {}
        self._uids: set[str] = set()
        self._owned: defaultdict[str, set[tuple[Shelf, Key]]] = defaultdict(set)
        self._waiting: defaultdict[Shelf, set[asyncio.Event]] = defaultdict(set)

    def get(self, shelf: Shelf, key: Key) -> Json | None:
        return self._shelves[shelf].get(key)

    def encoded(self, thing: Json) -> bytes:
        """Return an object as JSON: each that is on a shelf now is encoded only once."""
        written = self._written.get(id(thing))
        return encoded(thing) if written is None else written

    def put(self, shelf: Shelf, thing: Json) -> Json:
        """Commit an object, new or changed, and return it with its resourceVersion.

        Raises Refusal 500 when it is too large.
        """
        before = self.get(shelf, key_of(thing))
        return self._commit(shelf, "ADDED" if before is None else "MODIFIED", before, thing)

    def remove(self, shelf: Shelf, thing: Json) -> Json:
        """Commit that an object is gone; ``thing`` is its last form."""
        before = self._shelves[shelf][key_of(thing)]
        return self._commit(shelf, "DELETED", before, thing)

    def all(self, shelf: Shelf, namespace: str = "") -> list[Json]:
        """Return the objects of one namespace, or of all, in the order of lists."""
        return self._chosen(self._shelves[shelf], namespace)

    def has(self, uid: str) -> bool:
        """Whether the object with this uid is there."""
        return uid in self._uids

    def owned_by(self, uid: str) -> list[tuple[Shelf, Json]]:
        """Return the objects that name an owner."""
        found = ((shelf, self.get(shelf, key)) for shelf, key in sorted(self._owned[uid], key=str))
        return [(shelf, thing) for shelf, thing in found if thing is not None]

    def shelves(self) -> Iterator[tuple[Shelf, list[Json]]]:
        """Yield every shelf that holds something."""
        for shelf, things in list(self._shelves.items()):
            if things:
                yield shelf, list(things.values())

    def at(self, shelf: Shelf, revision: int, namespace: str = "") -> list[Json]:
        """Return the objects as they were: today's, with the changes since taken back."""
        things = dict(self._shelves[shelf])
        for change in reversed(self.since(shelf, revision)):
            if change.before is None:
                del things[key_of(change.after)]
            else:
                things[key_of(change.before)] = change.before
        return self._chosen(things, namespace)

    def since(self, shelf: Shelf, revision: int) -> list[Change]:
        """Return the changes after a revision, which must not be compacted."""
        journal = self._journal[shelf]
        first = len(journal)
        while first and journal[first - 1].revision > revision:
            first -= 1
        return journal[first:]

    def compact(self) -> None:
        """Forget every change so far: who asks from before has to list again."""
        self.compacted = self.revision
        self._journal.clear()

    def wait(self, shelf: Shelf) -> asyncio.Event:
        """Return an event that the next changes of the shelf set, until ``leave``."""
        waker = asyncio.Event()
        self._waiting[shelf].add(waker)
        return waker

    def leave(self, shelf: Shelf, waker: asyncio.Event) -> None:
        self._waiting[shelf].discard(waker)

    def wake(self) -> None:
        """Let everybody who waits look again."""
        for wakers in self._waiting.values():
            for waker in wakers:
                waker.set()

    def _commit(
        self,
        shelf: Shelf,
        what: Literal["ADDED", "MODIFIED", "DELETED"],
        before: Json | None,
        thing: Json,
    ) -> Json:
        revision = self.revision + 1
        metadata = {**thing["metadata"], "resourceVersion": str(revision)}
        after = {**thing, "metadata": metadata}
        key = key_of(after)
        if what != "DELETED":
            self._written[id(after)] = _fitting(encoded(after))
        self._written.pop(id(before), None)
        self.revision = revision
        for owner in (before or {}).get("metadata", {}).get("ownerReferences") or ():
            self._owned[owner["uid"]].discard((shelf, key))
        if what == "DELETED":
            del self._shelves[shelf][key]
            self._uids.discard(metadata["uid"])
        else:
            self._shelves[shelf][key] = after
            self._uids.add(metadata["uid"])
            for owner in metadata.get("ownerReferences") or ():
                self._owned[owner["uid"]].add((shelf, key))
        self._journal[shelf].append(Change(self.revision, what, before, after))
        for waker in self._waiting[shelf]:
            waker.set()
        return after

    @staticmethod
    def _chosen(things: dict[Key, Json], namespace: str) -> list[Json]:
        return [
            thing
            for (space, _), thing in sorted(things.items())
            if not namespace or space == namespace
        ]


def _fitting(written: bytes) -> bytes:
    if len(written) > _LARGEST:
        raise Refusal(500, "InternalError", "etcdserver: request is too large")
    return written
