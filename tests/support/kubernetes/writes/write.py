"""One write of one object, and by whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from support.kubernetes.fields.managers import Manager, Operation
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.store import Key

Validation = Literal["Ignore", "Warn", "Strict"]


@dataclass(frozen=True, slots=True)
class Write:
    """``warnings`` is filled while it is done and goes back beside the answer."""

    kind: Kind
    namespace: str
    name: str
    manager: str
    subresource: str = ""
    dry_run: bool = False
    validation: Validation = "Warn"
    warnings: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        return self.namespace, self.name

    @property
    def status(self) -> bool | None:
        """Which part of the object the write is about: None without a status of its own."""
        return self.subresource == "status" if self.kind.status else None

    def by(self, time: str, operation: Operation = "Update") -> Manager:
        """Return the writer as an entry that owns nothing yet."""
        return Manager(
            *(self.manager, operation, self.subresource, self.kind.api_version, time),
            frozenset(),
        )

    def restricted(self, thing: Json, old: Json | None) -> Json:
        """Return the object with the other part taken from ``old``."""
        if self.status is None:
            return thing
        if self.status and old is not None:
            found = {name: value for name, value in old.items() if name != "status"}
            return {**found, "status": thing["status"]} if "status" in thing else found
        found = {name: value for name, value in thing.items() if name != "status"}
        return {**found, "status": old["status"]} if old and "status" in old else found
