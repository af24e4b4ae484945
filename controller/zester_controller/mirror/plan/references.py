"""What objects take from ConfigMaps and Secrets of their namespace."""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from zester.errors import ClusterRefused
from zester.resources.kubernetes.kinds.settings import Settings
from zester.resources.kubernetes.kinds.state_tree import StateTree
from zester.resources.kubernetes.resource import CustomResource
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Body

log = logging.getLogger(__name__)

CONFIG_MAPS, SECRETS = "configmaps", "secrets"

REFUSED: Final[Mapping[str, bytes]] = MappingProxyType({})
"""What stands in something that the roles of the master do not let it read."""


class Reference(NamedTuple):
    """``plural`` is configmaps or secrets."""

    plural: str
    namespace: str
    name: str

    def __str__(self) -> str:
        kind = "Secret" if self.plural == SECRETS else "ConfigMap"
        return f"{kind} {self.name}"


Referred = Mapping[Reference, Mapping[str, bytes] | None]
"""What stands in each; None: there is no such object; or REFUSED itself."""


def references_of(resource: CustomResource) -> list[Reference]:
    """Return what an object refers to."""
    space = resource.metadata.namespace
    if isinstance(resource, StateTree):
        listed = resource.spec.files_from or ()
        return [Reference(CONFIG_MAPS, space, each.config_map_ref.name) for each in listed]
    if isinstance(resource, Settings):
        found = []
        for value in resource.spec.values_from or ():
            if value.secret_key_ref is not None:
                found.append(Reference(SECRETS, space, value.secret_key_ref.name))
            if value.config_map_key_ref is not None:
                found.append(Reference(CONFIG_MAPS, space, value.config_map_key_ref.name))
        return found
    return []


class References:
    """Reads them, and remembers for ``kept`` seconds what it read."""

    def __init__(self, api: ClusterApi, *, kept: float) -> None:
        self._api = api
        self._kept = kept
        self._known: dict[Reference, tuple[float, Mapping[str, bytes] | None]] = {}

    async def read(self, wanted: Iterable[Reference], *, anew: bool) -> Referred:
        """Return what stands there; ``anew``: ask even for what was read a moment ago.

        Raises ClusterUnavailable.
        """
        now = time.monotonic()
        self._known = {
            each: found for each, found in self._known.items() if now - found[0] < self._kept
        }
        found: dict[Reference, Mapping[str, bytes] | None] = {}
        for each in set(wanted):
            known = None if anew else self._known.get(each)
            if known is None:
                known = self._known[each] = (now, await self._read(each))
            found[each] = known[1]
        return found

    async def _read(self, reference: Reference) -> Mapping[str, bytes] | None:
        try:
            body = await self._api.get(
                f"/api/v1/namespaces/{reference.namespace}/{reference.plural}/{reference.name}"
            )
        except ClusterRefused as error:
            log.warning("reference not read", extra={"error": str(error)})
            return REFUSED
        return None if body is None else _data(reference, body)


def _data(reference: Reference, body: Body) -> Mapping[str, bytes]:
    encoded = body.get("data") if reference.plural == SECRETS else body.get("binaryData")
    found = {}
    for key, text in (encoded or {}).items():
        try:
            found[key] = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            continue
    if reference.plural == CONFIG_MAPS:
        found.update((key, text.encode()) for key, text in (body.get("data") or {}).items())
    return found
