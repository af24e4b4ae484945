"""One kind of object, with everything a cluster has to be told about it."""

from __future__ import annotations

from typing import Literal

from zester.dataclass import dataclass
from zester.resources.kubernetes.markers import Rule
from zester.resources.kubernetes.resource import CustomResource


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ``kubectl get``; with ``wide`` only of ``-o wide``."""

    name: str
    path: str
    type: Literal["string", "integer", "boolean", "date"] = "string"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class CustomKind:
    """``columns`` are those of its own; Ready, Status and Age follow them.

    ``rules`` are about spec and status together.
    """

    model: type[CustomResource]
    plural: str
    short: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def name(self) -> str:
        return self.model.__name__

    @property
    def singular(self) -> str:
        return self.name.lower()


def condition(kind: str, part: str = "status") -> str:
    """Return the path of one part of a condition."""
    return f'.status.conditions[?(@.type=="{kind}")].{part}'


USUAL = (
    Column("Ready", condition("Ready")),
    Column("Status", condition("Ready", "message")),
    Column("Age", ".metadata.creationTimestamp", "date"),
)
