"""Why objects go: one by one, or because what they live in goes."""

from __future__ import annotations

from collections.abc import Sequence

from zester.dataclass import dataclass
from zester.errors import ClusterRefused
from zester.resources.kubernetes.names import GROUP
from zester_controller.mirror.cluster.api import ClusterApi
from zester_controller.mirror.plan.candidate import Candidate

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


@dataclass(frozen=True, slots=True)
class Endings:
    """``orphaning`` are the uids of objects whose files stay whatever they say themselves.

    ``sudden``: the whole namespace goes.
    """

    orphaning: frozenset[str] = frozenset()
    sudden: bool = False


async def endings(
    api: ClusterApi, namespace: str, own: str | None, going: Sequence[Candidate]
) -> Endings:
    """Look why objects go; ``own`` is the namespace this master runs in.

    A kind that is removed from the cluster, and a namespace that goes together with its master, say
    nothing about what peels should be like: files stay. Raises ClusterUnavailable.
    """
    if not going:
        return Endings()
    kinds = set()
    for plural in {each.key.plural for each in going}:
        if await _ends(api, f"{_DEFINITIONS}/{plural}.{GROUP}"):
            kinds.add(plural)
    whole = await _ends(api, f"/api/v1/namespaces/{namespace}")
    together = whole and namespace == own
    meant = [each.uid for each in going if together or each.key.plural in kinds]
    return Endings(frozenset(meant), whole)


async def _ends(api: ClusterApi, path: str) -> bool:
    """Whether something is being deleted; what we may not see is taken to stay."""
    try:
        found = await api.get(path)
    except ClusterRefused:
        return False
    return found is not None and bool(found["metadata"].get("deletionTimestamp"))
