"""One kind of object in one version, as discovery tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from support.kubernetes.fields.shape import Shape
from support.kubernetes.objects.json_value import Json

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


class Shelf(NamedTuple):
    """Where objects of one resource are kept, whatever version they are asked for in."""

    group: str
    plural: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A served kind. ``generation`` tells whether objects count the changes of their spec."""

    group: str
    version: str
    plural: str
    name: str
    namespaced: bool = True
    status: bool = False
    custom: bool = False
    generation: bool = False
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    schema: Json = field(default_factory=dict, hash=False)
    columns: tuple[Json, ...] = field(default=(), hash=False)
    terminating: bool = False
    shelf: Shelf = field(init=False, compare=False)
    shape: Shape = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shelf", Shelf(self.group, self.plural))
        object.__setattr__(self, "shape", Shape.of_object(self.schema))

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """The resource as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified(self) -> str:
        """The kind as messages name it."""
        return f"{self.name}.{self.group}" if self.group else self.name
