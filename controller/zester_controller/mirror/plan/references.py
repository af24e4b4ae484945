"""What objects take from ConfigMaps and Secrets of their namespace."""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from zester.dataclass import dataclass
from zester.errors import ClusterRefused
from zester.resources.kubernetes.kinds.settings import Settings
from zester.resources.kubernetes.kinds.state_tree import StateTree
from zester.resources.kubernetes.resource import CustomResource
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Body
from zester_controller.mirror.plan.candidate import Candidate
from zester_controller.mirror.plan.pace import interval_of, retry_of

log = logging.getLogger(__name__)

CONFIG_MAPS, SECRETS = "configmaps", "secrets"
LONGEST = 3600.0
"""Seconds after which nothing is remembered, however seldom somebody wants it read."""

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


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old what is known may be, in seconds: what was ``found``, and what was ``missing``."""

    found: float
    missing: float

    def within(self, other: Freshness) -> Freshness:
        return Freshness(min(self.found, other.found), min(self.missing, other.missing))


def wanted_of(candidates: Iterable[Candidate]) -> dict[Reference, Freshness]:
    """Return everything that objects refer to; who asks most often counts."""
    wanted: dict[Reference, Freshness] = {}
    for each in candidates:
        if each.resource is not None:
            pace = Freshness(interval_of(each), retry_of(each))
            for reference in references_of(each.resource):
                known = wanted.get(reference)
                wanted[reference] = pace if known is None else pace.within(known)
    return wanted


class References:
    """Reads them, and remembers what it read."""

    def __init__(self, api: ClusterApi, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._known: dict[Reference, tuple[float, Mapping[str, bytes] | None]] = {}
        self._changed: dict[Reference, int] = {}

    def forget(self, reference: Reference) -> None:
        """Read it again next time: it changed, maybe while it is being read."""
        self._known.pop(reference, None)
        self._changed[reference] = self._changed.get(reference, 0) + 1

    async def read(self, wanted: Mapping[Reference, Freshness], *, anew: bool) -> Referred:
        """Return what stands there; ``anew``: ask even for what was read a moment ago.

        Raises ClusterUnavailable.
        """
        now = self._clock()
        self._known = {
            each: known for each, known in self._known.items() if now - known[0] < LONGEST
        }
        found: dict[Reference, Mapping[str, bytes] | None] = {}
        for each, pace in wanted.items():
            known = None if anew else self._known.get(each)
            if known is not None:
                may = pace.found if known[1] else pace.missing
                if now - known[0] >= 0.9 * may:
                    known = None
            if known is None:
                changes = self._changed.get(each)
                known = (now, await self._read(each))
                if changes == self._changed.get(each):
                    self._known[each] = known
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
