"""Who owns what of the objects that are stored."""

from __future__ import annotations

from support.kubernetes.fields.managers import Managers
from support.kubernetes.objects.json_value import Json


class Owners:
    """The managers of each object's last version, which are not read again from its metadata."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[list[Json], Managers]] = {}
        """By uid: what is written in the metadata, and what that says."""

    def of(self, thing: Json) -> Managers:
        """Return the managers of a stored object."""
        metadata = thing["metadata"]
        written, managers = self._known.get(metadata["uid"], (None, Managers()))
        return managers if written is metadata.get("managedFields") else Managers.of(thing)

    def learn(self, thing: Json, managers: Managers) -> None:
        """Take note of the managers that are written in an object that was stored."""
        metadata = thing["metadata"]
        self._known[metadata["uid"]] = (metadata["managedFields"], managers)

    def forget(self, thing: Json) -> None:
        """Take note that an object is gone."""
        self._known.pop(thing["metadata"]["uid"], None)
