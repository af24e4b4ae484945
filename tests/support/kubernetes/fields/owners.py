"""Who owns what of the objects that are stored."""

from __future__ import annotations

from support.kubernetes.fields.managers import Managers
from support.kubernetes.objects.json_value import Json


class Owners:
    """The managers of each object's last version, which are not read again from its metadata."""

    def __init__(self) -> None:
        self._known: dict[str, Managers] = {}

    def of(self, thing: Json) -> Managers:
        """Return the managers of a stored object."""
        metadata = thing["metadata"]
        known = self._known.get(metadata["uid"])
        if known is None or known.documents is not metadata.get("managedFields"):
            known = Managers.of(thing)
        return known

    def learn(self, thing: Json, managers: Managers) -> None:
        """Take note of whose documents an object was stored with."""
        self._known[thing["metadata"]["uid"]] = managers

    def forget(self, thing: Json) -> None:
        """Take note that an object is gone."""
        self._known.pop(thing["metadata"]["uid"], None)
