"""The objects of the cluster, as the watch and the lists told.

Lives in the master's event loop. What a watch tells may be older than a list that came meanwhile,
and the other way round: of two the one with the higher resourceVersion counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from zester.dataclass import dataclass
from zester.resources.kubernetes.names import FIELD_MANAGER, FINALIZER
from zester_controller.mirror.cluster.watch import Body, Listing, Seen
from zester_controller.mirror.objects.key import DECIDING, ObjectKey

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""What kubectl notes for itself: the whole object once more."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list told: where something matters now, and how many went without a word."""

    changed: frozenset[str]
    ghosts: int


class ObjectStore:
    """Every object by its key; ``complete`` are the kinds that were listed whole at least once.

    ``changed`` hears of what somebody else did, where an answer to us brings it first.
    """

    def __init__(self, changed: Callable[[Seen], object] = lambda seen: None) -> None:
        self._changed = changed
        self.complete: set[str] = set()
        self._bodies: dict[ObjectKey, Body] = {}
        self._spaces: dict[str, set[ObjectKey]] = {}

    def of(self, namespace: str) -> list[tuple[ObjectKey, Body]]:
        """Return the objects of a namespace, in the order of kinds and names."""
        return [(key, self._bodies[key]) for key in sorted(self._spaces.get(namespace, ()))]

    def get(self, key: ObjectKey) -> Body | None:
        return self._bodies.get(key)

    def all(self) -> Iterable[tuple[ObjectKey, Body]]:
        """Return every object, in no order."""
        return self._bodies.items()

    def namespaces(self) -> frozenset[str]:
        """Return every namespace that has or had an object since we began."""
        return frozenset(self._spaces)

    def count(self, plural: str) -> int:
        """Return how many objects of a kind there are."""
        return sum(key.plural == plural for key in self._bodies)

    def see(self, seen: Seen) -> str | None:
        """Take up what a watch told; return the namespace in which something matters now."""
        key = _key(seen.plural, seen.body)
        known = self._bodies.get(key)
        if known is not None and _version(known) > _version(seen.body):
            return None
        if not seen.gone:
            body = _lean(seen.plural, seen.body)
            self._put(key, body)
            return None if known is not None and _alike(known, body) else key.namespace
        if known is not None and _uid(known) == _uid(seen.body):
            self._drop(key)
        return key.namespace

    def answered(self, plural: str, body: Body) -> None:
        """Take up an object as a write of ours was answered: others may have changed it before.

        The watch will tell of that as well, but then it is known.
        """
        seen = Seen(plural, body)
        known = self._bodies.get(_key(plural, body))
        self.see(seen)
        if known is not None and _by_others(known) != _by_others(_lean(plural, body)):
            self._changed(seen)

    def list(self, plural: str, namespace: str | None, listing: Listing) -> Listed:
        """Take up the whole list of a kind, of one namespace or (None) of all."""
        changed: set[str] = set()
        there = {_key(plural, body): body for body in listing.items}
        for body in there.values():
            space = self.see(Seen(plural, body))
            if space is not None:
                changed.add(space)
        gone = [
            key
            for key, body in self._bodies.items()
            if key.plural == plural
            and key not in there
            and namespace in (None, key.namespace)
            and _version(body) <= _number(listing.version)
        ]
        for key in gone:
            self._drop(key)
            changed.add(key.namespace)
        return Listed(frozenset(changed), len(gone))

    def _put(self, key: ObjectKey, body: Body) -> None:
        self._bodies[key] = body
        self._spaces.setdefault(key.namespace, set()).add(key)

    def _drop(self, key: ObjectKey) -> None:
        del self._bodies[key]
        self._spaces[key.namespace].discard(key)


def _key(plural: str, body: Body) -> ObjectKey:
    metadata = body["metadata"]
    return ObjectKey(plural, str(metadata["namespace"]), str(metadata["name"]))


def _uid(body: Body) -> object:
    return body["metadata"].get("uid")


def _version(body: Body) -> int:
    return _number(str(body["metadata"].get("resourceVersion", "")))


def _number(version: str) -> int:
    """Servers count up, and newer ones promise it; what is no number is never newer."""
    return int(version) if version.isdecimal() else 0


def _alike(old: Body, new: Body) -> bool:
    """Whether only the status differs, or our hold came, which nobody but us writes.

    A watch may tell of what we wrote before the answer to us is read.
    """
    held = FINALIZER in new["metadata"].get("finalizers", ())
    return _by_others(old) == _by_others(new) if held else _telling(old) == _telling(new)


def _telling(body: Body) -> tuple[Mapping[str, Any], Any]:
    metadata = {key: text for key, text in body["metadata"].items() if key != "resourceVersion"}
    return metadata, body.get("spec")


def _by_others(body: Body) -> tuple[Mapping[str, Any], Any, set[str]]:
    """Return what is not ours to write."""
    metadata, spec = _telling(body)
    theirs = {key: each for key, each in metadata.items() if key != "finalizers"}
    return theirs, spec, {each for each in metadata.get("finalizers", ()) if each != FINALIZER}


def _lean(plural: str, body: Body) -> Body:
    """Leave out what nobody asks for and is most of an object.

    Who wrote what is asked of those objects with which people decide about machines.
    """
    metadata = {key: value for key, value in body["metadata"].items() if key != "managedFields"}
    if plural in DECIDING:
        metadata["managedFields"] = [
            entry
            for entry in body["metadata"].get("managedFields") or ()
            if entry.get("manager") != FIELD_MANAGER and "f:spec" in (entry.get("fieldsV1") or {})
        ]
    notes = metadata.get("annotations")
    if notes and _LAST_APPLIED in notes:
        metadata["annotations"] = {k: v for k, v in notes.items() if k != _LAST_APPLIED}
    return {**body, "metadata": metadata}
