"""Who owns which fields of an object: ``metadata.managedFields``."""

from __future__ import annotations

from collections.abc import Container, Iterable, Set
from dataclasses import dataclass
from typing import Literal

from support.kubernetes.fields.leaves import Path, decode, encode
from support.kubernetes.objects.json_value import Json

Operation = Literal["Apply", "Update"]


@dataclass(frozen=True, slots=True)
class Manager:
    """One writer: the same name may own fields both by apply and by update."""

    name: str
    operation: Operation
    subresource: str
    api_version: str
    time: str
    fields: frozenset[Path]

    def owning(self, fields: frozenset[Path]) -> Manager:
        """Return the writer with these fields."""
        return Manager(
            *(self.name, self.operation, self.subresource, self.api_version, self.time), fields
        )

    def without(self, paths: Set[Path]) -> Manager:
        """Return the writer without these fields."""
        return self if self.fields.isdisjoint(paths) else self.owning(self.fields - paths)

    def same(self, other: Manager) -> bool:
        """Whether both are one entry."""
        return (self.name, self.operation, self.subresource) == (
            *(other.name, other.operation, other.subresource),
        )

    def document(self) -> Json:
        found: Json = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": encode(self.fields),
        }
        if self.subresource:
            found["subresource"] = self.subresource
        return found


class Managers:
    """All entries of an object."""

    def __init__(self, entries: Iterable[Manager] = ()) -> None:
        self.entries = [entry for entry in entries if entry.fields]

    @classmethod
    def of(cls, thing: Json | None) -> Managers:
        """Read an object's."""
        found = (thing or {}).get("metadata", {}).get("managedFields") or []
        return cls(
            Manager(
                entry["manager"],
                entry["operation"],
                entry.get("subresource", ""),
                entry["apiVersion"],
                entry.get("time", ""),
                frozenset(decode(entry.get("fieldsV1") or {})),
            )
            for entry in found
        )

    def documents(self) -> list[Json]:
        return [entry.document() for entry in self.entries]

    def find(self, who: Manager) -> Manager | None:
        return next((entry for entry in self.entries if entry.same(who)), None)

    def others(self, who: Manager) -> list[Manager]:
        return [entry for entry in self.entries if not entry.same(who)]

    def with_entry(self, who: Manager) -> Managers:
        """Return these with one entry put in or replaced; it keeps its time if nothing changed."""
        before = self.find(who)
        if before is None:
            return Managers([*self.entries, who])
        if before.fields == who.fields:
            return self
        return Managers(who if entry.same(who) else entry for entry in self.entries)

    def without(self, paths: Set[Path], *, spare: Manager) -> Managers:
        """Return these with paths taken from everybody but one."""
        return Managers(
            entry if entry.same(spare) else entry.without(paths) for entry in self.entries
        )

    def only(self, there: Iterable[Path], unchanged: Container[str]) -> Managers:
        """Return these without fields that are not there any more.

        What is in a part of the object that is ``unchanged`` (``f:spec``) is there as it was.
        """
        return Managers(
            entry.without(
                {path for path in entry.fields.difference(there) if path[0] not in unchanged}
            )
            for entry in self.entries
        )
