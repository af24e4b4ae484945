"""Let go of the objects that a mirror held, when it will not come back to do so."""

from __future__ import annotations

import time

import anyio

from zester.resources.kubernetes.names import FINALIZER
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.cluster.watch import Scope
from zester_controller.mirror.objects.key import KIND_OF, ObjectKey

PAUSE = 2.0


async def let_go(api: ClusterApi, scope: Scope, *, quiet: float) -> int:
    """Remove our finalizer wherever it is; return how often it was there.

    A mirror that is just ending may hold another one: goes on until for ``quiet`` seconds there was
    none. What was published stays. Raises ClusterUnavailable, ClusterRefused.
    """
    total = 0
    last = time.monotonic()
    while True:
        found = await _once(api, scope)
        total += found
        if found:
            last = time.monotonic()
        if time.monotonic() - last >= quiet:
            return total
        await anyio.sleep(min(PAUSE, quiet))


async def _once(api: ClusterApi, scope: Scope) -> int:
    found = 0
    for plural in KIND_OF:
        for namespace in (None,) if scope.whole else scope.namespaces:
            listing = await api.list(plural, namespace)
            for body in listing.items if listing is not None else ():
                metadata = body["metadata"]
                if FINALIZER in metadata.get("finalizers", ()):
                    key = ObjectKey(plural, metadata["namespace"], metadata["name"])
                    await api.apply_finalizer(key, metadata["uid"], held=False)
                    found += 1
    return found
