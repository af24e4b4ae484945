"""The state of a cluster: its objects, its kinds, who may do what."""

from __future__ import annotations

from collections.abc import Callable

from support.kubernetes.access.identity import Tokens
from support.kubernetes.access.rbac import Access
from support.kubernetes.fields.owners import Owners
from support.kubernetes.objects.builtin import CRD, NAMESPACE
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind
from support.kubernetes.objects.kinds import Kinds
from support.kubernetes.objects.store import Store
from support.kubernetes.writes.schemas import Schemas


class Cluster:
    """What requests read and write. ``settle`` does what controllers of a cluster would do."""

    def __init__(self, schemas: Schemas, settle: Callable[[Cluster], None]) -> None:
        self.schemas = schemas
        self.store = Store()
        self.kinds = Kinds()
        self.tokens = Tokens()
        self.access = Access(self.store)
        self.owners = Owners()
        self.gone: list[str] = []
        self._settle = settle
        self._settling = False

    def put(self, kind: Kind, thing: Json) -> Json:
        """Commit a new or changed object."""
        stored = self.store.put(kind.shelf, thing)
        if kind.shelf == CRD.shelf:
            self._learn()
        if kind.shelf in (CRD.shelf, NAMESPACE.shelf):
            self._follow()
        return stored

    def remove(self, kind: Kind, thing: Json) -> Json:
        """Commit that an object is gone; ``gone`` holds its uid until controllers took note."""
        gone = self.store.remove(kind.shelf, thing)
        self.owners.forget(gone)
        if kind.shelf == CRD.shelf:
            self._learn()
        self.gone.append(gone["metadata"]["uid"])
        self._follow()
        return gone

    def _learn(self) -> None:
        """Serve what the definitions say; watches of what changed with them end."""
        self.kinds.learn(self.store.all(CRD.shelf))
        self.store.wake()

    def _follow(self) -> None:
        if self._settling:
            return
        self._settling = True
        try:
            self._settle(self)
        finally:
            self._settling = False
