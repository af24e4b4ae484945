"""Which kinds are served: those every cluster has, and those that definitions add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from support.kubernetes.objects.builtin import BUILTIN
from support.kubernetes.objects.json_value import Json
from support.kubernetes.objects.kind import Kind, Shelf


class Kinds:
    """A table that the definitions of custom kinds fill."""

    def __init__(self) -> None:
        self._custom: tuple[Kind, ...] = ()
        self._served: dict[tuple[str, str, str], Kind] = {}
        self.learn(())

    def __iter__(self) -> Iterator[Kind]:
        yield from BUILTIN
        yield from self._custom

    def learn(self, definitions: Iterable[Json]) -> None:
        """Serve exactly the custom kinds of these definitions."""
        self._custom = tuple(kind for each in definitions for kind in kinds_of(each))
        served = [((kind.group, kind.version, kind.plural), kind) for kind in self]
        self._served = dict(reversed(served))

    def find(self, group: str, version: str, plural: str) -> Kind | None:
        return self._served.get((group, version, plural))

    def still(self, kind: Kind) -> bool:
        """Whether the kind is served as it was; that it is being deleted does not matter."""
        found = self.find(kind.group, kind.version, kind.plural)
        if found is kind:
            return True
        return found is not None and replace(found, terminating=kind.terminating) == kind

    def on(self, shelf: Shelf) -> Kind | None:
        """Return a kind whose objects are on the shelf; the first of its versions."""
        return next((kind for kind in self if kind.shelf == shelf), None)

    def groups(self) -> dict[str, dict[str, list[Kind]]]:
        """Return group → version → kinds, in the order of the table."""
        found: dict[str, dict[str, list[Kind]]] = {}
        for kind in self:
            found.setdefault(kind.group, {}).setdefault(kind.version, []).append(kind)
        return found


def kinds_of(definition: Json) -> list[Kind]:
    """Return the kinds a CustomResourceDefinition registers: one a served version."""
    spec = definition["spec"]
    names = spec["names"]
    return [
        Kind(
            spec["group"],
            version["name"],
            names["plural"],
            names["kind"],
            namespaced=spec["scope"] == "Namespaced",
            status="status" in version.get("subresources", {}),
            custom=True,
            generation=True,
            singular=names.get("singular", ""),
            short_names=tuple(names.get("shortNames", ())),
            categories=tuple(names.get("categories", ())),
            schema=version.get("schema", {}).get("openAPIV3Schema", {}),
            columns=tuple(version.get("additionalPrinterColumns", ())),
            terminating="deletionTimestamp" in definition["metadata"],
        )
        for version in spec["versions"]
        if version["served"]
    ]
