"""How objects are called."""

from __future__ import annotations

from typing import NamedTuple

from zester.resources.kubernetes.kind import CustomKind
from zester.resources.kubernetes.registry import CUSTOM_KINDS

KIND_OF: dict[str, CustomKind] = {kind.plural: kind for kind in CUSTOM_KINDS}
"""Our kinds by their plural."""

PUBLISHED = ("statetrees", "topassignments", "settings")
"""Kinds whose objects become files of a tree."""

CORE = ("configmaps", "secrets")
"""Kinds of Kubernetes' own to which objects refer."""

DECIDING = ("peels", "enrollments")
"""Kinds with whose objects people decide about machines."""


class ObjectKey(NamedTuple):
    """One object; another one may have the name later."""

    plural: str
    namespace: str
    name: str

    @property
    def kind(self) -> str:
        return KIND_OF[self.plural].name

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"
